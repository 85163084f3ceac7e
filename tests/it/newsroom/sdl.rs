//! The printed schema, taken apart, for tests that walk all of it.

use std::collections::BTreeMap;

use async_graphql::parser::{
    parse_schema,
    types::{InputValueDefinition, TypeKind, TypeSystemDefinition},
};

/// Every type of the schema by name.
pub fn types() -> BTreeMap<String, TypeKind> {
    let document = parse_schema(dateline::schema::print()).expect("the schema is readable");
    document
        .definitions
        .into_iter()
        .filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => {
                Some((definition.node.name.node.to_string(), definition.node.kind))
            }
            _ => None,
        })
        .collect()
}

/// Whether an argument or input field must be given.
pub fn is_required(argument: &InputValueDefinition) -> bool {
    !argument.ty.node.nullable && argument.default_value.is_none()
}
