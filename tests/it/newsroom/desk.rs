//! An editor's desk: the acts of the newsroom, by way of the API.

use dateline::{
    access::Actor,
    editorial::{identity::AccountId, vocabulary::Role},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Newsroom;

/// What every act is asked for.
const PAYLOAD: &str = "{ article { id version stage status slug path savedBy comment headline published { headline \
    version retractedAt body { markdown } notices { kind text } formerPaths updatedAt } scheduledAt gateViolations { message } } \
    errors { __typename message code path ... on VersionConflict { currentVersion savedBy changes { field before after } } \
    ... on GateViolation { rule } ... on NotPermitted { missingScope } } changeCursor }";

/// An editor's desk.
pub struct Desk<'a> {
    pub newsroom: &'a Newsroom,
    pub who: Actor,
}

impl<'a> Desk<'a> {
    /// The desk of somebody of the staff.
    pub fn of(newsroom: &'a Newsroom, name: &str, role: Role) -> Self {
        Self {
            newsroom,
            who: Actor::staff(AccountId(Uuid::now_v7()), name, role),
        }
    }

    /// The desk of an editor.
    pub fn editor(newsroom: &'a Newsroom) -> Self {
        Self::of(newsroom, "Edda Stone", Role::Editor)
    }

    /// Asks, which must have no errors.
    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        self.newsroom.ask_as(&self.who, query, variables).await
    }

    /// Does an act and gives its whole payload.
    pub async fn tries(&self, act: &str, article: &Value, input: Option<Value>) -> Value {
        self.tries_with_key(act, article, input, None).await
    }

    /// Does an act under an idempotency key and gives its whole payload.
    pub async fn tries_with_key(
        &self,
        act: &str,
        article: &Value,
        input: Option<Value>,
        key: Option<&str>,
    ) -> Value {
        let query = mutation(act, input.is_some(), PAYLOAD);
        let variables = json!({
            "id": article["id"], "version": article["version"], "input": input, "key": key,
        });
        self.ask(&query, variables).await["it"].clone()
    }

    /// Does an act, which must succeed, and gives the article.
    pub async fn does(&self, act: &str, article: &Value, input: Option<Value>) -> Value {
        let payload = self.tries(act, article, input).await;
        assert_eq!(payload["errors"], json!([]), "{act}: {payload:#}");
        payload["article"].clone()
    }

    /// The first error of an act, which must be refused.
    pub async fn is_refused(&self, act: &str, article: &Value, input: Option<Value>) -> Value {
        let payload = self.tries(act, article, input).await;
        assert!(payload["article"].is_null(), "{act}: {payload:#}");
        payload["errors"][0].clone()
    }

    /// Begins an article.
    pub async fn begins(&self, input: Value) -> Value {
        self.does("articleDraftCreate", &Value::Null, Some(input))
            .await
    }
}

/// A mutation that does something to an article, or begins one; its answer is called `it`.
pub fn mutation(act: &str, has_input: bool, payload: &str) -> String {
    let mut name = act[..1].to_uppercase();
    name.push_str(&act[1..]);
    let kind = match act {
        "articleDraftCreate" | "articleDraftUpdate" => "ArticleInput!".to_owned(),
        "articleWithdraw" | "articleRestore" => "ReasonInput!".to_owned(),
        "articleSchedule" | "articleCorrect" | "articleRetract" | "articleDraftReturn" => {
            format!("{name}Input!")
        }
        _ => format!("{name}Input"),
    };
    let mut arguments = vec![("key", "String".to_owned(), "idempotencyKey")];
    if act != "articleDraftCreate" {
        arguments.push(("id", "ID!".to_owned(), "id"));
        arguments.push(("version", "Int!".to_owned(), "expectedVersion"));
    }
    if has_input {
        arguments.push(("input", kind, "input"));
    }
    let declared: Vec<String> = (arguments.iter())
        .map(|(name, kind, _)| format!("${name}: {kind}"))
        .collect();
    let given: Vec<String> = (arguments.iter())
        .map(|(name, _, argument)| format!("{argument}: ${name}"))
        .collect();
    format!(
        "mutation({}) {{ it: {act}({}) {payload} }}",
        declared.join(", "),
        given.join(", ")
    )
}
