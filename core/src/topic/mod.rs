//! Classification (智能分类): domains and the monthly problems over a taxonomy that is data.
