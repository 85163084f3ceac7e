//! Who may do what: every mutation of the schema is in the table of acts, and every role meets exactly what it lacks.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::{
    Request,
    parser::types::{BaseType, Type, TypeKind},
};
use dateline::{
    access::{
        Actor,
        act::{Act, Leave},
    },
    editorial::{identity::AccountId, vocabulary::Role},
};
use serde_json::Value;
use uuid::Uuid;

use crate::newsroom::{
    Newsroom,
    sdl::{is_required, types},
};

/// Each mutation and a call of it with nothing but what it must have.
fn calls() -> BTreeMap<String, String> {
    let types = types();
    let Some(TypeKind::Object(mutation)) = types.get("Mutation") else {
        panic!("no mutations");
    };
    mutation
        .fields
        .iter()
        .map(|field| {
            let name = field.node.name.node.to_string();
            let arguments: Vec<String> = field
                .node
                .arguments
                .iter()
                .filter(|argument| is_required(&argument.node))
                .map(|argument| {
                    let value = value_of(&types, &name, &argument.node.ty.node);
                    format!("{}: {value}", argument.node.name.node)
                })
                .collect();
            let arguments = if arguments.is_empty() {
                String::new()
            } else {
                format!("({})", arguments.join(", "))
            };
            let call = format!(
                "mutation {{ it: {name}{arguments} {{ errors {{ code ... on NotPermitted {{ missingScope }} }} }} }}"
            );
            (name, call)
        })
        .collect()
}

fn value_of(types: &BTreeMap<String, TypeKind>, mutation: &str, wanted: &Type) -> String {
    let name = match &wanted.base {
        BaseType::List(_) => return "[]".to_owned(),
        BaseType::Named(name) => name.to_string(),
    };
    match name.as_str() {
        "ID" => {
            let kind = if mutation.starts_with("apiToken") {
                "token"
            } else {
                ["article", "author", "tag", "source", "account"]
                    .into_iter()
                    .find(|kind| mutation.starts_with(kind))
                    .unwrap_or("article")
            };
            format!("\"{kind}_01h455vb4pex5vsknk084sn02q\"")
        }
        "String" => "\"a text of some length\"".to_owned(),
        "Int" => "1".to_owned(),
        "Boolean" => "true".to_owned(),
        "DateTime" => "\"2026-03-02T09:00:00Z\"".to_owned(),
        _ => match types.get(&name) {
            Some(TypeKind::Enum(values)) => values.values[0].node.value.node.to_string(),
            Some(TypeKind::InputObject(input)) => {
                let fields: Vec<String> = input
                    .fields
                    .iter()
                    .filter(|field| is_required(&field.node))
                    .map(|field| {
                        let value = value_of(types, mutation, &field.node.ty.node);
                        format!("{}: {value}", field.node.name.node)
                    })
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
            _ => panic!("no value of {name}"),
        },
    }
}

#[test]
fn every_mutation_is_in_the_table_of_acts_and_every_act_is_a_mutation() {
    let mutations: BTreeSet<String> = calls().into_keys().collect();
    let acts: BTreeSet<String> = Act::ALL.iter().map(|act| act.name().to_owned()).collect();
    assert_eq!(mutations, acts);
}

#[tokio::test]
async fn every_role_meets_exactly_what_it_lacks() {
    let newsroom = Newsroom::open().await;
    let staff = |role| Actor::staff(AccountId(Uuid::now_v7()), "somebody", role);
    for who in [
        Actor::nobody(),
        staff(Role::Reporter),
        staff(Role::Editor),
        staff(Role::Admin),
    ] {
        for (name, call) in calls() {
            let act = *Act::ALL
                .iter()
                .find(|act| act.name() == name)
                .unwrap_or_else(|| panic!("{name} is no act"));
            let request = Request::new(call.clone());
            let answer =
                serde_json::to_value(newsroom.engine.execute_as(request, who.clone()).await)
                    .expect("an answer is JSON");
            assert!(answer.get("errors").is_none(), "{call}\n{answer:#}");
            let errors = answer["data"]["it"]["errors"].as_array().expect("errors");
            let refused: Vec<&Value> = errors
                .iter()
                .filter(|error| error["code"] == "NOT_PERMITTED")
                .collect();
            match (act.leave(), who.may(act)) {
                (_, Ok(())) => assert!(refused.is_empty(), "{name} for {}: {answer:#}", who.name),
                (Leave::Whoever(scope), Err(_)) => {
                    assert_eq!(refused.len(), 1, "{name}: {answer:#}");
                    assert_eq!(refused[0]["missingScope"], scope.as_str(), "{name}");
                }
                (_, Err(_)) => assert_eq!(refused.len(), 1, "{name}: {answer:#}"),
            }
        }
    }
}
