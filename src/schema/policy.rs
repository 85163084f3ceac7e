//! How long shared caches may keep what types and fields say, written into the printed schema as `@cacheControl`.
//!
//! The types and fields themselves say it (`cache_control`); async-graphql adds it up for every document, and prints
//! nothing of it.

use std::collections::BTreeMap;

use async_graphql::{
    CacheControl, OutputType, Pos,
    parser::{
        parse_schema,
        types::{TypeKind, TypeSystemDefinition},
    },
    registry::{MetaType, Registry},
};

use super::{Mutation, Query};

const DEFINITION: &str = r#"
"""
Who may keep an answer.
"""
enum CacheControlScope {
	"""
	Any cache in between.
	"""
	PUBLIC
	"""
	Nobody: it is of whoever asked.
	"""
	PRIVATE
}

"""
How long a cache in between may keep an answer that selects this, in seconds, and whether it may at all. The shortest time
of all that is selected counts; whatever the server was told to allow at most counts as well.
"""
directive @cacheControl(maxAge: Int, scope: CacheControlScope) on FIELD_DEFINITION | OBJECT
"#;

/// The printed schema with the policy in it.
pub fn written(sdl: &str) -> String {
    let Ok(document) = parse_schema(sdl) else {
        return sdl.to_owned();
    };
    let registry = registry();
    // By line, the text to put in and the place in the line behind which it goes.
    let mut notes: BTreeMap<usize, (usize, String)> = BTreeMap::new();
    for definition in &document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let (name, kind) = (&definition.node.name, &definition.node.kind);
        let (
            TypeKind::Object(printed),
            Some(MetaType::Object {
                fields,
                cache_control,
                ..
            }),
        ) = (kind, registry.types.get(name.node.as_str()))
        else {
            continue;
        };
        let behind = printed.implements.last().map_or_else(
            || end(name.pos, &name.node),
            |last| end(last.pos, &last.node),
        );
        note(&mut notes, behind, *cache_control);
        for field in &printed.fields {
            if let Some(known) = fields.get(field.node.name.node.as_str()) {
                let ty = &field.node.ty;
                let behind = end(ty.pos, &ty.node.to_string());
                note(&mut notes, behind, known.cache_control);
            }
        }
    }
    let mut out = String::with_capacity(sdl.len() + 4_096);
    for (number, line) in sdl.lines().enumerate() {
        match notes.get(&(number + 1)) {
            Some((column, text)) if line.is_char_boundary(*column) => {
                let (before, behind) = line.split_at(*column);
                out.extend([before, " ", text, behind]);
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out.push_str(DEFINITION);
    out
}

/// What the types say of themselves.
fn registry() -> Registry {
    let mut registry = Registry::default();
    Query::create_type_info(&mut registry);
    Mutation::create_type_info(&mut registry);
    registry
}

/// Where a printed name or type ends: its line, from 1, and the bytes before its end.
fn end(pos: Pos, text: &str) -> (usize, usize) {
    (pos.line, pos.column - 1 + text.len())
}

fn note(
    notes: &mut BTreeMap<usize, (usize, String)>,
    (line, column): (usize, usize),
    policy: CacheControl,
) {
    let max_age = (policy.max_age > 0).then(|| format!("maxAge: {}", policy.max_age));
    let scope = (!policy.public).then(|| "scope: PRIVATE".to_owned());
    let said: Vec<String> = max_age.into_iter().chain(scope).collect();
    if !said.is_empty() {
        notes.insert(
            line,
            (column, format!("@cacheControl({})", said.join(", "))),
        );
    }
}
