//! The documents that the newsroom's own frontends ask for, read from a file at the start.
//!
//! Two forms are read: Apollo's manifest of persisted queries, and an object of ids and documents, as the Relay compiler
//! and graphql-codegen write it.
//! This module never runs an operation: it has the schema validate each of them with nothing left to run.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    Name, Positioned, Request, Value,
    parser::types::{
        Directive, DocumentOperations, ExecutableDocument, InlineFragment, OperationDefinition,
        OperationType, Selection, SelectionSet,
    },
};
use serde_json::{Map, Value as Json};

use super::{Hash, Prepared, hash_of};
use crate::{
    access::Actor,
    http::{Engine, limits::Limits, overlap::Outline},
};

/// Who may run nothing but trusted documents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum TrustedOnly {
    /// Nobody is held to them.
    #[default]
    Off,
    /// Requests without credentials.
    Anonymous,
    /// Everybody but people who are signed in: requests without credentials, and API tokens.
    All,
}

impl TrustedOnly {
    /// Whether somebody is held to trusted documents.
    #[must_use]
    pub fn holds(self, who: &Actor) -> bool {
        match self {
            Self::Off => false,
            Self::Anonymous => who.is_nobody(),
            Self::All => who.account.is_none(),
        }
    }
}

/// The trusted documents, each by its id, by the hash of its text and by its text.
#[derive(Debug, Default)]
pub struct Trusted {
    only: TrustedOnly,
    by_id: HashMap<String, Arc<Prepared>>,
    by_hash: HashMap<Hash, Arc<Prepared>>,
    by_text: HashMap<Arc<str>, Arc<Prepared>>,
}

/// Why a file of trusted documents cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustedError {
    /// It has neither of the two forms.
    #[error(
        "{0}; write Apollo's manifest of persisted queries, or a JSON object of ids and documents"
    )]
    Form(String),
    /// A document cannot be run.
    #[error("the document \"{id}\": {reason}")]
    Document {
        /// Its id.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Trusted {
    /// Reads a file, and has every document in it parsed, held to the limits of any request, and validated.
    ///
    /// # Errors
    ///
    /// When the file has another form, or for the first document that could not be run.
    pub async fn read(
        text: &str,
        only: TrustedOnly,
        engine: &dyn Engine,
        limits: &Limits,
    ) -> Result<Self, TrustedError> {
        let outline = Outline::read(engine.sdl()).unwrap_or_default();
        let mut trusted = Self {
            only,
            ..Self::default()
        };
        for (id, body) in listed(text)? {
            let refused = |reason| TrustedError::Document {
                id: id.clone(),
                reason,
            };
            if let Some(known) = trusted.by_id.get(&id)
                && *known.text != *body
            {
                return Err(refused("is listed twice with different texts".to_owned()));
            }
            let prepared = Prepared::new(&body, limits, &outline)
                .map_err(|refusal| refused(refusal.message))?;
            validate(&prepared.parsed, engine).await.map_err(refused)?;
            let prepared = Arc::new(prepared);
            let text = Arc::clone(&prepared.text);
            trusted
                .by_hash
                .insert(hash_of(&text), Arc::clone(&prepared));
            trusted.by_text.insert(text, Arc::clone(&prepared));
            trusted.by_id.insert(id, prepared);
        }
        Ok(trusted)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Who is held to them.
    pub(super) fn only(&self) -> TrustedOnly {
        self.only
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&Arc<Prepared>> {
        self.by_id.get(id)
    }

    pub(super) fn by_hash(&self, hash: &Hash) -> Option<&Arc<Prepared>> {
        self.by_hash.get(hash)
    }

    pub(super) fn by_text(&self, text: &str) -> Option<&Arc<Prepared>> {
        self.by_text.get(text)
    }
}

/// The ids and texts in a file of either form.
fn listed(text: &str) -> Result<Vec<(String, String)>, TrustedError> {
    let file: Map<String, Json> = serde_json::from_str(text)
        .map_err(|error| TrustedError::Form(format!("it is no JSON object: {error}")))?;
    if file.contains_key("operations") || file.contains_key("format") {
        return apollo(&file);
    }
    file.into_iter()
        .map(|(id, body)| match body {
            Json::String(body) => Ok((id, body)),
            _ => Err(TrustedError::Document {
                id,
                reason: "is no text".to_owned(),
            }),
        })
        .collect()
}

fn apollo(file: &Map<String, Json>) -> Result<Vec<(String, String)>, TrustedError> {
    let form = |reason: &str| TrustedError::Form(reason.to_owned());
    if file.get("format").and_then(Json::as_str) != Some("apollo-persisted-query-manifest") {
        return Err(form(
            "its `format` is not \"apollo-persisted-query-manifest\"",
        ));
    }
    if file.get("version").and_then(Json::as_u64) != Some(1) {
        return Err(form("its `version` is not 1"));
    }
    let operations = file
        .get("operations")
        .and_then(Json::as_array)
        .ok_or_else(|| form("its `operations` are no list"))?;
    let text = |place: usize, operation: &Json, name: &str| {
        operation
            .get(name)
            .and_then(Json::as_str)
            .map(ToOwned::to_owned)
            .ok_or_else(|| {
                TrustedError::Form(format!("operation {} has no text `{name}`", place + 1))
            })
    };
    operations
        .iter()
        .enumerate()
        .map(|(place, operation)| {
            Ok((
                text(place, operation, "id")?,
                text(place, operation, "body")?,
            ))
        })
        .collect()
}

/// Has the schema validate a document without values for its variables.
async fn validate(document: &ExecutableDocument, engine: &dyn Engine) -> Result<(), String> {
    let mut document = document.clone();
    let mut of_complexity = Vec::new();
    let mut name = None;
    for (_, operation) in document.operations.iter() {
        if operation.node.ty == OperationType::Subscription {
            return Err("has a subscription, which no single response answers".to_owned());
        }
        for variable in &operation.node.variable_definitions {
            // Only the weighing of page sizes misses a value; a variable that is not defined is named in other words.
            of_complexity.push(format!("Variable {} is not defined.", variable.node.name));
        }
    }
    match &mut document.operations {
        DocumentOperations::Single(operation) => leave_nothing_to_run(&mut operation.node),
        DocumentOperations::Multiple(operations) => {
            name = operations.keys().next().map(ToString::to_string);
            for operation in operations.values_mut() {
                leave_nothing_to_run(&mut operation.node);
            }
        }
    }
    let mut request = Request::new("");
    request.operation_name = name;
    request.set_parsed_query(document);
    let outcome = engine.execute(request, Actor::nobody()).await;
    match outcome
        .errors
        .into_iter()
        .find(|error| !of_complexity.contains(&error.message))
    {
        None => Ok(()),
        Some(error) => Err(match error.locations.first() {
            Some(place) => format!(
                "{} (line {}, column {})",
                error.message, place.line, place.column
            ),
            None => error.message,
        }),
    }
}

/// Puts all that an operation selects into a fragment that is skipped, where it is validated but not run.
fn leave_nothing_to_run(operation: &mut OperationDefinition) {
    let place = operation.selection_set.pos;
    let selected = std::mem::replace(
        &mut operation.selection_set,
        Positioned::new(SelectionSet::default(), place),
    );
    let skip = Directive {
        name: Positioned::new(Name::new("skip"), place),
        arguments: vec![(
            Positioned::new(Name::new("if"), place),
            Positioned::new(Value::Boolean(true).into_value(), place),
        )],
    };
    let skipped = InlineFragment {
        type_condition: None,
        directives: vec![Positioned::new(skip, place)],
        selection_set: selected,
    };
    operation.selection_set.node.items = vec![Positioned::new(
        Selection::InlineFragment(Positioned::new(skipped, place)),
        place,
    )];
}
