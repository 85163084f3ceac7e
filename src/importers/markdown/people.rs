//! The authors as front matter states them.
//!
//! It never looks an author up; a name or a handle is passed on as it stands.

use serde_json::Value;

use super::front_matter::{FrontMatter, text_in};
use crate::importers::imported::ImportedAuthor;

/// The authors in order, the byline when it was stated as one line, and what is unsure about them.
pub(super) fn authors(
    front: &FrontMatter,
) -> (Vec<ImportedAuthor>, Option<String>, Option<String>) {
    let mut names: Vec<String> = Vec::new();
    let mut byline = front.text(&["byline"]);
    let mut doubt = None;
    for key in ["authors", "author", "by"] {
        let Some(value) = front.value(key) else {
            continue;
        };
        for item in match value {
            Value::Array(items) => items.as_slice(),
            value => std::slice::from_ref(value),
        } {
            match item {
                Value::String(line) if !value.is_array() => {
                    let line = line.trim();
                    let parts = parted(line);
                    if parts.len() == 1 && line.contains(" and ") {
                        doubt = Some(format!("`{line}` was read as one author"));
                    }
                    if parts.len() > 1 && byline.is_none() {
                        byline = Some(line.to_owned());
                    }
                    names.extend(parts);
                }
                Value::Object(map) => {
                    names.extend(
                        [
                            "name",
                            "display_name",
                            "full_name",
                            "title",
                            "slug",
                            "login",
                        ]
                        .iter()
                        .find_map(|key| map.get(*key).and_then(text_in)),
                    );
                }
                item => names.extend(text_in(item)),
            }
        }
        if !names.is_empty() {
            break;
        }
    }
    if names.is_empty()
        && let Some(line) = &byline
    {
        names = parted(
            line.strip_prefix("By ")
                .or_else(|| line.strip_prefix("by "))
                .unwrap_or(line),
        );
    }
    let mut authors: Vec<ImportedAuthor> = Vec::with_capacity(names.len());
    for name in names.into_iter().filter(|name| !name.is_empty()) {
        if !authors.iter().any(|author| author.name == name) {
            authors.push(ImportedAuthor {
                name,
                ..ImportedAuthor::default()
            });
        }
    }
    (authors, byline, doubt)
}

/// The names of a line such as `A, B and C`.
fn parted(line: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in line
        .split([',', ';'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let (suffix, following) = part.split_once(" and ").unwrap_or((part, ""));
        let mut part = part.strip_prefix("and ").unwrap_or(part);
        if let Some(previous) = names.last_mut()
            && matches!(
                suffix.trim_end_matches('.'),
                "Jr" | "Sr" | "II" | "III" | "PhD" | "Ph.D" | "MD" | "M.D"
            )
        {
            previous.push_str(", ");
            previous.push_str(suffix);
            if following.is_empty() {
                continue;
            }
            part = following;
        }
        match part.split_once(" and ").or_else(|| part.split_once(" & ")) {
            Some((first, second)) if is_a_person(first) && is_a_person(second) => {
                names.push(first.trim().to_owned());
                names.push(second.trim().to_owned());
            }
            _ => names.push(part.to_owned()),
        }
    }
    names
}

/// Whether words look like a person's name rather than half an institution's.
fn is_a_person(words: &str) -> bool {
    let words: Vec<&str> = words.split_whitespace().collect();
    (2..=4).contains(&words.len())
        && words
            .iter()
            .all(|word| !matches!(*word, "of" | "for" | "the" | "The" | "and"))
}
