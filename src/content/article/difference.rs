//! What reads differently between two revisions: by field, and in the body by block.

use serde::Serialize;
use serde_json::{Map, Value};

use super::draft::DraftDocument;
use crate::{
    access::refusal::FieldChange,
    editorial::body::{self, Block},
};

/// A block of the body that reads differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockChange {
    /// The block as it was; absent when it is new.
    pub before: Option<Block>,
    /// The block as it is; absent when it is gone.
    pub after: Option<Block>,
}

/// How many pairs of blocks are looked at.
const MOST_COMPARED: usize = 4_000_000;

/// The fields that read differently, in the order of their names.
#[must_use]
pub fn of_fields<T: Serialize>(before: &T, after: &T) -> Vec<FieldChange> {
    let (before, after) = (object_of(before), object_of(after));
    let mut names: Vec<&String> = before.keys().collect();
    names.extend(after.keys().filter(|name| !before.contains_key(*name)));
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| FieldChange {
            field: camel(name),
            before: before.get(name).map(words),
            after: after.get(name).map(words),
        })
        .collect()
}

/// The blocks that read differently, in the order of the newer body; what is gone stands where it was.
#[must_use]
pub fn of_blocks(before: &DraftDocument, after: &DraftDocument) -> Vec<BlockChange> {
    let old = body::blocks_of(&body::render(&before.body).html);
    let new = body::blocks_of(&body::render(&after.body).html);
    let mut changes = Vec::new();
    let (mut at_old, mut at_new) = (0, 0);
    for (kept_old, kept_new) in common(&old, &new)
        .into_iter()
        .chain([(old.len(), new.len())])
    {
        let gone = &old[at_old..kept_old];
        let come = &new[at_new..kept_new];
        for index in 0..gone.len().max(come.len()) {
            changes.push(BlockChange {
                before: gone.get(index).cloned(),
                after: come.get(index).cloned(),
            });
        }
        (at_old, at_new) = (kept_old + 1, kept_new + 1);
    }
    changes
}

/// The places of a longest common sequence of blocks; a block is the same when its id is.
fn common(old: &[Block], new: &[Block]) -> Vec<(usize, usize)> {
    // A body of many thousand blocks is compared from its beginning alone.
    if old.len().saturating_mul(new.len()) > MOST_COMPARED {
        let same = old
            .iter()
            .zip(new)
            .take_while(|(a, b)| a.id == b.id)
            .count();
        return (0..same).map(|index| (index, index)).collect();
    }
    let mut lengths = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            lengths[i][j] = if old[i].id == new[j].id {
                lengths[i + 1][j + 1] + 1
            } else {
                lengths[i + 1][j].max(lengths[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut places = Vec::new();
    while i < old.len() && j < new.len() {
        if old[i].id == new[j].id {
            places.push((i, j));
            i += 1;
            j += 1;
        } else if lengths[i + 1][j] >= lengths[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    places
}

fn object_of(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A name as the schema writes it.
fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut characters = part.chars();
        camel.extend(characters.next().map(|c| c.to_ascii_uppercase()));
        camel.push_str(characters.as_str());
    }
    camel
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::editorial::identity::ArticleId;

    fn draft(body: &str) -> DraftDocument {
        DraftDocument {
            body: body.to_owned(),
            ..DraftDocument::empty(ArticleId(Uuid::nil()))
        }
    }

    #[test]
    fn only_what_reads_differently_is_named() {
        let before = draft("One.");
        let after = DraftDocument {
            headline: Some("Harbour".to_owned()),
            byline_text: Some("By Ada".to_owned()),
            ..before.clone()
        };
        let fields: Vec<String> = of_fields(&before, &after)
            .into_iter()
            .map(|change| format!("{} {:?}", change.field, change.after))
            .collect();
        assert_eq!(
            fields,
            ["bylineText Some(\"By Ada\")", "headline Some(\"Harbour\")"]
        );
        assert!(of_fields(&before, &before).is_empty());
    }

    #[test]
    fn an_edit_of_one_block_leaves_the_others_alone() {
        let before = draft("One.\n\nTwo.\n\nThree.");
        let after = draft("One.\n\nTwo, mended.\n\nThree.\n\nFour.");
        let changes: Vec<(Option<String>, Option<String>)> = of_blocks(&before, &after)
            .into_iter()
            .map(|change| (change.before.map(|b| b.text), change.after.map(|b| b.text)))
            .collect();
        assert_eq!(
            changes,
            [
                (Some("Two.".to_owned()), Some("Two, mended.".to_owned())),
                (None, Some("Four.".to_owned())),
            ]
        );
    }
}
