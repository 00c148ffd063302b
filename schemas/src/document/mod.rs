//! The public documents that are generated from these types: JSON Schemas, the AsyncAPI description, and the pages
//! of topics and tables.
//!
//! They are text without I/O. The files that others read are kept beside the code, and a test fails where the two
//! differ; `make schemas` writes them again.

mod asyncapi;
mod json_schema;
mod message;
mod tables;
mod topics;

pub use message::{MESSAGES, Message};

/// A generated document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The file's name below its folder, such as `candles.received.v1.json`.
    pub path: String,
    /// The file's content, with a final line break.
    pub text: String,
}

/// The documents of `schemas/json/`: a JSON Schema for each message type, then `asyncapi.yaml`.
#[must_use]
pub fn all() -> Vec<Document> {
    let mut documents: Vec<Document> =
        MESSAGES.iter().map(|message| Document { path: message.file(), text: json_schema::text(message) }).collect();
    documents.push(Document { path: "asyncapi.yaml".to_owned(), text: asyncapi::text() });
    documents
}

/// The documents of `docs/` that lists of this crate say better than a hand could.
#[must_use]
pub fn pages() -> Vec<Document> {
    vec![
        Document { path: "topics.md".to_owned(), text: topics::text() },
        Document { path: "tables.md".to_owned(), text: tables::text() },
    ]
}

/// The first line of every generated page: a note to whoever would edit it.
const GENERATED: &str = "<!-- Generated from the vocabulary crate: change that, then `make schemas`. -->";

/// A cell of a Markdown table: a list of names in code, or a dash.
fn names(names: &[&str]) -> String {
    if names.is_empty() {
        return "–".to_owned();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_the_same_every_time_and_names_are_unique() {
        assert_eq!((all(), pages()), (all(), pages()));
        let mut paths: Vec<String> = all().into_iter().chain(pages()).map(|document| document.path).collect();
        let count = paths.len();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), count);
    }

    #[test]
    fn every_text_ends_with_one_line_break() {
        for document in all().into_iter().chain(pages()) {
            assert!(document.text.ends_with('\n') && !document.text.ends_with("\n\n"), "{}", document.path);
        }
    }
}
