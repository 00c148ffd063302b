//! The public documents that are generated from these types: JSON Schemas and the AsyncAPI description.
