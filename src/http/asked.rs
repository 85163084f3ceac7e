//! What a request asks: the parameters of GraphQL over HTTP, from a JSON body or from an address.
//!
//! This module never reads more of a body than the limit allows, and never parses a document.

use std::collections::HashMap;

use async_graphql::{Value, Variables};
use axum::{
    body::{Body, HttpBody},
    extract::Query,
    http::{HeaderMap, StatusCode, Uri, header},
};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use tokio::time::timeout;

use super::{glance, limits::Limits, refusal::Refusal};

/// The parameters of one operation.
#[derive(Debug)]
pub struct Asked {
    /// The text of the document, if it is sent.
    pub query: Option<String>,
    /// How the document is named otherwise; a request has a text or a name.
    pub named: Option<Named>,
    /// Which of the document's operations to run.
    pub operation_name: Option<String>,
    /// The variables; empty when none are sent.
    pub variables: Variables,
    /// The extensions; empty when none are sent.
    pub extensions: HashMap<String, Value>,
}

/// How a request names a document without, or beside, its text.
#[derive(Debug, PartialEq, Eq)]
pub enum Named {
    /// By `documentId`, `id` or `doc_id`.
    Id(String),
    /// By the hash in `extensions.persistedQuery`.
    Hash(String),
}

/// One operation or an array of them.
#[derive(Debug)]
pub enum Batch {
    /// A JSON object: its answer is an object.
    One(Asked),
    /// A JSON array: its answer is an array in the same order.
    Several(Vec<Asked>),
}

impl Batch {
    /// Reads a JSON body.
    pub fn from_body(body: &[u8], limits: &Limits) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(body)
            .map_err(|_| Refusal::malformed("the body is not UTF-8"))?
            .trim_ascii();
        if !text.starts_with('[') {
            return Asked::from_json(text, limits).map(Self::One);
        }
        let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| not_json(&error))?;
        if items.is_empty() {
            return Err(Refusal::malformed("the batch is empty"));
        }
        if items.len() > limits.batch {
            return Err(Refusal::over(
                "batch",
                "operations in one batch",
                items.len() as u64,
                limits.batch,
            )
            .with_status(StatusCode::BAD_REQUEST));
        }
        items
            .into_iter()
            .map(|item| Asked::from_json(item.get(), limits))
            .collect::<Result<_, _>>()
            .map(Self::Several)
    }
}

impl Asked {
    /// Reads the parameters in an address, as GET has them.
    pub fn from_address(address: &Uri, limits: &Limits) -> Result<Self, Refusal> {
        #[derive(Deserialize)]
        struct Parameters {
            query: Option<String>,
            #[serde(rename = "documentId")]
            document_id: Option<String>,
            id: Option<String>,
            doc_id: Option<String>,
            #[serde(rename = "operationName")]
            operation_name: Option<String>,
            variables: Option<String>,
            extensions: Option<String>,
        }
        let Query(parameters) = Query::<Parameters>::try_from_uri(address)
            .map_err(|_| Refusal::malformed("the address has a malformed or repeated parameter"))?;
        let object = |name, text: Option<String>| {
            let text = text.filter(|text| !text.trim_ascii().is_empty());
            text.map_or(Ok(HashMap::new()), |text| object(name, &text, limits))
        };
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        Self {
            query: given(parameters.query),
            named: None,
            operation_name: given(parameters.operation_name),
            variables: variables(object("variables", parameters.variables)?),
            extensions: object("extensions", parameters.extensions)?,
        }
        .named(Ids {
            document_id: given(parameters.document_id),
            id: given(parameters.id),
            doc_id: given(parameters.doc_id),
        })
    }

    fn from_json(text: &str, limits: &Limits) -> Result<Self, Refusal> {
        /// Raw at first, so that a wrong type is named by its parameter and nothing deep is parsed unmeasured.
        #[derive(Deserialize)]
        struct Parameters<'a> {
            #[serde(borrow)]
            query: Option<&'a RawValue>,
            #[serde(borrow, rename = "documentId")]
            document_id: Option<&'a RawValue>,
            #[serde(borrow)]
            id: Option<&'a RawValue>,
            #[serde(borrow)]
            doc_id: Option<&'a RawValue>,
            #[serde(borrow, rename = "operationName")]
            operation_name: Option<&'a RawValue>,
            #[serde(borrow)]
            variables: Option<&'a RawValue>,
            #[serde(borrow)]
            extensions: Option<&'a RawValue>,
        }
        if !text.starts_with('{') {
            return Err(Refusal::malformed(
                "the body must be a JSON object with a query, or an array of such objects",
            ));
        }
        let parameters: Parameters =
            serde_json::from_str(text).map_err(|error| not_json(&error))?;
        let object = |name, raw: Option<&RawValue>| {
            raw.map_or(Ok(HashMap::new()), |raw| object(name, raw.get(), limits))
        };
        let text = |name, raw: Option<&RawValue>| raw.map(|raw| string(name, raw)).transpose();
        Self {
            query: text("query", parameters.query)?,
            named: None,
            operation_name: text("operationName", parameters.operation_name)?,
            variables: variables(object("variables", parameters.variables)?),
            extensions: object("extensions", parameters.extensions)?,
        }
        .named(Ids {
            document_id: text("documentId", parameters.document_id)?,
            // These two may mean anything to a client that sends the text as well.
            id: parameters.id.and_then(|raw| string("id", raw).ok()),
            doc_id: parameters.doc_id.and_then(|raw| string("doc_id", raw).ok()),
        })
    }

    /// The same with the name that it has for its document.
    fn named(mut self, ids: Ids) -> Result<Self, Refusal> {
        let hash = persisted(&self.extensions)?;
        let is_named = hash.is_some() || ids.document_id.is_some();
        self.query = self.query.filter(|query| !(is_named && query.is_empty()));
        if self.query.is_some() && ids.document_id.is_some() {
            return Err(Refusal::malformed(
                "a document is sent as `query` or named by `documentId`, not both",
            ));
        }
        let id = match self.query {
            None => ids.document_id.or(ids.id).or(ids.doc_id),
            Some(_) => None,
        };
        self.named = id.map(Named::Id).or(hash.map(Named::Hash));
        if self.query.is_none() && self.named.is_none() {
            return Err(Refusal::no_query());
        }
        Ok(self)
    }
}

/// The parameters that name a document.
struct Ids {
    document_id: Option<String>,
    id: Option<String>,
    doc_id: Option<String>,
}

/// The hash of a persisted query, as Apollo's clients and others send it.
fn persisted(extensions: &HashMap<String, Value>) -> Result<Option<String>, Refusal> {
    let malformed = |reason: &str| {
        Err(Refusal::malformed(format!(
            "the extension `persistedQuery` {reason}; send {{\"version\": 1, \"sha256Hash\": \"…\"}}"
        )))
    };
    match extensions.get("persistedQuery") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(persisted)) => {
            let version = persisted.get("version");
            if !matches!(version, Some(Value::Number(version)) if version.as_u64() == Some(1)) {
                return malformed("has another version than 1");
            }
            match persisted.get("sha256Hash") {
                Some(Value::String(hash)) if !hash.is_empty() => Ok(Some(hash.clone())),
                _ => malformed("has no `sha256Hash`"),
            }
        }
        Some(_) => malformed("is no object"),
    }
}

/// Reads a body up to the limit, within its time.
pub async fn body(headers: &HeaderMap, body: Body, limits: &Limits) -> Result<Bytes, Refusal> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if let Some(announced) = announced
        && announced > limits.body_bytes as u64
    {
        return Err(too_large(announced, limits));
    }
    timeout(limits.body_timeout, collect(body, limits))
        .await
        .map_err(|_| {
            Refusal::of_request(
                StatusCode::REQUEST_TIMEOUT,
                "TIMEOUT",
                format!(
                    "the body did not arrive within {} ms",
                    limits.body_timeout.as_millis()
                ),
            )
        })?
}

async fn collect(mut body: Body, limits: &Limits) -> Result<Bytes, Refusal> {
    let mut collected = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::malformed("the body ended early"))?;
        if let Ok(data) = frame.into_data() {
            if collected.is_empty() && body.is_end_stream() && data.len() <= limits.body_bytes {
                return Ok(data);
            }
            let length = collected.len() + data.len();
            if length > limits.body_bytes {
                return Err(too_large(length as u64, limits));
            }
            collected.extend_from_slice(&data);
        }
    }
    Ok(collected.freeze())
}

fn too_large(measured: u64, limits: &Limits) -> Refusal {
    let mut refusal = Refusal::over(
        "body_bytes",
        "bytes of body or more",
        measured,
        limits.body_bytes,
    )
    .with_status(StatusCode::PAYLOAD_TOO_LARGE);
    refusal.code = "PAYLOAD_TOO_LARGE";
    refusal
}

fn string(name: &str, raw: &RawValue) -> Result<String, Refusal> {
    serde_json::from_str(raw.get())
        .map_err(|_| Refusal::malformed(format!("the parameter `{name}` must be a string")))
}

/// A JSON object or null.
fn object<T: DeserializeOwned>(
    name: &str,
    text: &str,
    limits: &Limits,
) -> Result<HashMap<String, T>, Refusal> {
    glance::check_json_nesting(text, limits)
        .map_err(|refusal| refusal.with_status(StatusCode::BAD_REQUEST))?;
    let object: Option<HashMap<String, T>> = serde_json::from_str(text).map_err(|_| {
        Refusal::malformed(format!(
            "the parameter `{name}` must be a JSON object or null"
        ))
    })?;
    Ok(object.unwrap_or_default())
}

fn variables(values: HashMap<String, Value>) -> Variables {
    let mut variables = Variables::default();
    for (name, value) in values {
        variables.insert(async_graphql::Name::new(name), value);
    }
    variables
}

fn not_json(error: &serde_json::Error) -> Refusal {
    Refusal::malformed(format!(
        "the body is not the JSON that is expected: {error}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Batch, Refusal> {
        Batch::from_body(body.as_bytes(), &Limits::default())
    }

    fn refused(body: &str) -> String {
        read(body).unwrap_err().message
    }

    #[test]
    fn null_parameters_count_as_absent() {
        let body =
            r#"{"query": "{a}", "operationName": null, "variables": null, "extensions": null}"#;
        let Batch::One(asked) = read(body).unwrap() else {
            panic!("one operation was sent");
        };
        assert_eq!(asked.query.as_deref(), Some("{a}"));
        assert_eq!(asked.named, None);
        assert_eq!(asked.operation_name, None);
        assert!(asked.variables.is_empty() && asked.extensions.is_empty());
    }

    #[test]
    fn a_parameter_of_the_wrong_type_is_named() {
        assert!(refused(r#"{"query": 1}"#).contains("`query`"));
        assert!(refused(r#"{"query": "{a}", "operationName": {}}"#).contains("`operationName`"));
        assert!(refused(r#"{"query": "{a}", "variables": [1]}"#).contains("`variables`"));
        assert!(refused(r#"{"query": "{a}", "extensions": "x"}"#).contains("`extensions`"));
        assert!(refused(r#"{"variables": {}}"#).contains("`query` is missing"));
    }

    #[test]
    fn a_batch_is_read_in_order_up_to_its_limit() {
        let batch = |count| format!("[{}]", vec![r#"{"query": "{a}"}"#; count].join(","));
        assert!(matches!(read(&batch(10)), Ok(Batch::Several(several)) if several.len() == 10));
        let refusal = read(&batch(11)).unwrap_err();
        assert_eq!(refusal.limit.unwrap().maximum, 10);
        assert!(refused("[]").contains("empty"));
        assert!(refused(r#"[["{a}"]]"#).contains("JSON object"));
    }

    #[test]
    fn an_address_carries_the_same_parameters() {
        let address: Uri = "/graphql?query=%7Ba%7D&variables=%7B%22n%22%3A1%7D&other=1"
            .parse()
            .unwrap();
        let asked = Asked::from_address(&address, &Limits::default()).unwrap();
        assert_eq!(asked.query.as_deref(), Some("{a}"));
        assert_eq!(asked.variables.len(), 1);
        let twice: Uri = "/graphql?query=a&query=b".parse().unwrap();
        assert!(Asked::from_address(&twice, &Limits::default()).is_err());
    }

    fn named(body: &str) -> Option<Named> {
        let Batch::One(asked) = read(body).unwrap() else {
            panic!("one operation was sent");
        };
        assert_eq!(asked.query, None, "{body}");
        asked.named
    }

    #[test]
    fn a_document_is_named_by_id_or_by_hash() {
        let id = |id: &str| Some(Named::Id(id.to_owned()));
        assert_eq!(named(r#"{"documentId": "sha256:0f"}"#), id("sha256:0f"));
        assert_eq!(named(r#"{"id": "a1", "query": null}"#), id("a1"));
        assert_eq!(named(r#"{"doc_id": "a1"}"#), id("a1"));
        let by_hash = r#"{"query": "", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0f"}}}"#;
        assert_eq!(named(by_hash), Some(Named::Hash("0f".to_owned())));
        let address: Uri = "/graphql?documentId=a1&variables=%7B%7D".parse().unwrap();
        let asked = Asked::from_address(&address, &Limits::default()).unwrap();
        assert_eq!(asked.named, id("a1"));
    }

    #[test]
    fn a_malformed_name_says_what_is_wrong_with_it() {
        let extension = |persisted: &str| {
            refused(&format!(
                r#"{{"query": "{{a}}", "extensions": {{"persistedQuery": {persisted}}}}}"#
            ))
        };
        assert!(extension(r#"{"version": 2, "sha256Hash": "0f"}"#).contains("version"));
        assert!(extension(r#"{"sha256Hash": "0f"}"#).contains("version"));
        assert!(extension(r#"{"version": 1}"#).contains("sha256Hash"));
        assert!(extension(r#"{"version": 1, "sha256Hash": 7}"#).contains("sha256Hash"));
        assert!(extension("true").contains("no object"));
        assert!(refused(r#"{"documentId": 1}"#).contains("`documentId`"));
        assert!(refused(r#"{"documentId": "a", "query": "{a}"}"#).contains("not both"));
    }

    #[test]
    fn an_id_beside_a_text_means_nothing() {
        let Batch::One(asked) = read(r#"{"query": "{a}", "id": 7, "doc_id": "a"}"#).unwrap() else {
            panic!("one operation was sent");
        };
        assert_eq!(asked.query.as_deref(), Some("{a}"));
        assert_eq!(asked.named, None);
    }
}
