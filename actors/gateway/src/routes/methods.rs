//! Which methods a path takes, by the description of the API.

use actix_web::dev::ResourceDef;
use serde_json::Value;

/// Paths that are not described: the description itself, and what people look at it with.
const UNDESCRIBED: [&str; 4] = ["/openapi.json", "/", "/docs", "/docs/{file}"];

/// The paths and their methods.
pub struct Methods(Vec<(ResourceDef, Vec<String>)>);

impl Methods {
    /// Reads them from an OpenAPI document.
    #[must_use]
    pub fn of(document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten();
        let described = paths.map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten().map(|(method, _)| method.to_uppercase());
            (ResourceDef::new(path.as_str()), methods.collect())
        });
        let beside = UNDESCRIBED.map(|path| (ResourceDef::new(path), vec!["GET".to_owned()]));
        Self(described.chain(beside).collect())
    }

    /// What a path takes, as an `Allow` header has it; nothing where there is no such path.
    #[must_use]
    pub fn allow(&self, path: &str) -> Option<String> {
        let fit = || self.0.iter().filter(|(known, _)| known.is_match(path));
        // `/v1/models/rollback` is no model.
        let exact = |known: &ResourceDef| known.pattern() == Some(path);
        let exactly = fit().any(|(known, _)| exact(known));
        let fit = fit().filter(|(known, _)| !exactly || exact(known));
        let mut taken: Vec<&str> = fit.flat_map(|(_, methods)| methods.iter().map(String::as_str)).collect();
        if taken.contains(&"GET") {
            taken.push("HEAD");
        }
        (!taken.is_empty()).then(|| taken.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_takes_what_is_described() {
        let methods = Methods::of(&crate::routes::openapi(false));
        assert_eq!(methods.allow("/v1/retrain").as_deref(), Some("POST"));
        assert_eq!(methods.allow("/v1/models/ab12").as_deref(), Some("GET, HEAD"));
        assert_eq!(methods.allow("/v1/models/rollback").as_deref(), Some("POST"));
        assert_eq!(methods.allow("/v1/models/ab12/promote").as_deref(), Some("POST"));
        assert_eq!(methods.allow("/openapi.json").as_deref(), Some("GET, HEAD"));
        assert_eq!(methods.allow("/v1/nothing"), None);
    }
}
