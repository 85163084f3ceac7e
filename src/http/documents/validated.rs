//! In which ways of asking a document has passed the schema's validation, so that it need not be validated again.
//!
//! Validation looks at the document, at which operation is chosen, at which variables are given, and at their values.
//! The first three make a [`Way`]; values are only taken for good where their form alone proves it.
//! This module never says that a document is invalid: whatever is not proven is validated by the schema as ever.
//! In async-graphql 8.0.0-rc.5 the rule that variables must be of the type of their place never runs, as its visitors do
//! not pass input values on. So a document that declares a variable of the wrong type, say a `String` for an enum, may pass
//! with a value that fits; another value that does not fit is then refused by execution, at its field, and not before.

use std::sync::{Mutex, PoisonError};

use async_graphql::{
    Pos, Positioned, Value, Variables,
    parser::types::{BaseType, OperationDefinition, Type},
};

/// Says to the schema, in a request's data, that the operation has passed validation in the same [`Way`] before.
#[derive(Debug, Clone, Copy)]
pub struct Validated;

/// Which operation of a document is asked for, and which of its variables are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    operation: Pos,
    /// A bit for each variable, in the order of their definitions.
    given: u64,
    /// The same for those that are given as null.
    null: u64,
}

impl Way {
    /// The way in which an operation is asked for; none when a value must be looked at by the schema itself.
    pub fn of(definition: &Positioned<OperationDefinition>, variables: &Variables) -> Option<Self> {
        let defined = &definition.node.variable_definitions;
        if defined.len() > u64::BITS as usize {
            return None;
        }
        let (mut given, mut null) = (0, 0);
        for (place, variable) in defined.iter().enumerate() {
            let variable = &variable.node;
            let Some(value) = variables.get(&variable.name.node) else {
                continue;
            };
            // A default makes a nullable variable fit where null does not.
            let is_null_in_doubt = *value == Value::Null && variable.default_value.is_some();
            if is_null_in_doubt || !is_plainly_a(&variable.var_type.node, value) {
                return None;
            }
            given |= 1 << place;
            null |= u64::from(*value == Value::Null) << place;
        }
        Some(Self {
            operation: definition.pos,
            given,
            null,
        })
    }
}

/// Whether a value is of a built-in scalar type, or a list of them, by its form alone.
fn is_plainly_a(wanted: &Type, value: &Value) -> bool {
    match (&wanted.base, value) {
        (_, Value::Null) => wanted.nullable,
        (BaseType::List(item), Value::List(values)) => {
            values.iter().all(|value| is_plainly_a(item, value))
        }
        (BaseType::Named(name), value) => match name.as_str() {
            "String" | "ID" => matches!(value, Value::String(_)),
            "Boolean" => matches!(value, Value::Boolean(_)),
            "Int" => matches!(value, Value::Number(number) if number.is_i64()),
            _ => false,
        },
        (BaseType::List(_), _) => false,
    }
}

/// The ways in which a document has passed.
#[derive(Debug, Default)]
pub struct Passed(Mutex<Vec<Way>>);

/// A page asks in one or two ways; more of them are not worth a longer look.
const MOST_WAYS: usize = 16;

impl Passed {
    /// Whether it has passed in this way.
    pub fn includes(&self, way: Way) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&way)
    }

    /// It has passed in this way.
    pub fn note(&self, way: Way) {
        let mut ways = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ways.len() < MOST_WAYS && !ways.contains(&way) {
            ways.push(way);
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    fn way(definitions: &str, variables: serde_json::Value) -> Option<Way> {
        let document = parse_query(format!("query ({definitions}) {{ a }}")).unwrap();
        let (_, definition) = document.operations.iter().next().unwrap();
        Way::of(definition, &Variables::from_json(variables))
    }

    #[test]
    fn values_of_built_in_scalars_prove_themselves() {
        for (definitions, variables) in [
            ("$a: Int", json!({ "a": 1 })),
            ("$a: String!", json!({ "a": "x" })),
            ("$a: [ID!]!", json!({ "a": ["x", "y"] })),
            ("$a: Boolean, $b: String", json!({ "a": true, "b": null })),
        ] {
            assert!(way(definitions, variables).is_some(), "{definitions}");
        }
    }

    #[test]
    fn any_other_value_is_for_the_schema_to_judge() {
        for (definitions, variables) in [
            ("$a: Int", json!({ "a": 1.5 })),
            ("$a: Int", json!({ "a": "1" })),
            ("$a: String", json!({ "a": 1 })),
            ("$a: [ID!]", json!({ "a": [null] })),
            ("$a: [ID!]", json!({ "a": "x" })),
            ("$a: ArticleWhere", json!({ "a": {} })),
            ("$a: DateTime", json!({ "a": "2020-01-01" })),
            ("$a: Int = 2", json!({ "a": null })),
        ] {
            assert_eq!(way(definitions, variables), None, "{definitions}");
        }
    }

    #[test]
    fn other_variables_given_are_another_way() {
        let definitions = "$a: Int, $b: Int";
        let with_a = way(definitions, json!({ "a": 1 }));
        assert_eq!(with_a, way(definitions, json!({ "a": 2, "unknown": {} })));
        assert_ne!(with_a, way(definitions, json!({ "b": 1 })));
        assert_ne!(with_a, way(definitions, json!({ "a": null })));
        assert_ne!(with_a, way(definitions, json!({})));
    }
}
