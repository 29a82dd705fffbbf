//! Dispatch suggestion (智能派单): catalogue, history and geography, kept apart.
