//! What a request asks: the parameters of GraphQL over HTTP, from a JSON body or from an address.
//!
//! This module never reads more of a body than the limit allows, and never parses a document.

use std::collections::HashMap;

use async_graphql::{Value, Variables};
use axum::{
    extract::{Query, Request},
    http::{StatusCode, Uri, header},
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
    /// The document.
    pub query: String,
    /// Which of the document's operations to run.
    pub operation_name: Option<String>,
    /// The variables; empty when none are sent.
    pub variables: Variables,
    /// The extensions; empty when none are sent.
    pub extensions: HashMap<String, Value>,
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
        Ok(Self {
            query: parameters
                .query
                .filter(|query| !query.is_empty())
                .ok_or_else(no_query)?,
            operation_name: parameters.operation_name.filter(|name| !name.is_empty()),
            variables: variables(object("variables", parameters.variables)?),
            extensions: object("extensions", parameters.extensions)?,
        })
    }

    fn from_json(text: &str, limits: &Limits) -> Result<Self, Refusal> {
        /// Raw at first, so that a wrong type is named by its parameter and nothing deep is parsed unmeasured.
        #[derive(Deserialize)]
        struct Parameters<'a> {
            #[serde(borrow)]
            query: Option<&'a RawValue>,
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
        Ok(Self {
            query: parameters
                .query
                .map(|raw| string("query", raw))
                .transpose()?
                .ok_or_else(no_query)?,
            operation_name: parameters
                .operation_name
                .map(|raw| string("operationName", raw))
                .transpose()?,
            variables: variables(object("variables", parameters.variables)?),
            extensions: object("extensions", parameters.extensions)?,
        })
    }
}

/// Reads a body up to the limit, within its time.
pub async fn body(request: Request, limits: &Limits) -> Result<Bytes, Refusal> {
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if let Some(announced) = announced
        && announced > limits.body_bytes as u64
    {
        return Err(too_large(announced, limits));
    }
    timeout(limits.body_timeout, collect(request, limits))
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

async fn collect(request: Request, limits: &Limits) -> Result<Bytes, Refusal> {
    let mut body = request.into_body();
    let mut collected = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::malformed("the body ended early"))?;
        if let Ok(data) = frame.into_data() {
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

fn no_query() -> Refusal {
    Refusal::malformed("the parameter `query` is missing")
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
        assert_eq!(asked.query, "{a}");
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
        assert_eq!(asked.query, "{a}");
        assert_eq!(asked.variables.len(), 1);
        let twice: Uri = "/graphql?query=a&query=b".parse().unwrap();
        assert!(Asked::from_address(&twice, &Limits::default()).is_err());
    }
}
