//! Intake (智能受理): request type, urgency, entities, personal data, missing facts, matters.
