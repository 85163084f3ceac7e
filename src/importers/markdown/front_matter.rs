//! Splits a post into front matter and body, and reads the front matter: YAML, TOML or JSON.
//!
//! What strict YAML refuses but people and site generators write (tabs, unquoted colons, lines that forgot to be
//! indented) is mended, and each mended key is a doubt. It never changes a value that could be read as it stands.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::regex;
use crate::importers::{
    imported::{Doubt, Place, Refused},
    nul,
};

/// A file cut in two.
pub(super) struct Document<'a> {
    pub front_matter: Option<FrontMatter>,
    pub body: &'a str,
    /// One-based line of the file on which the body begins.
    pub body_line: u32,
}

/// The keys and values at the head of a post.
#[derive(Default)]
pub(super) struct FrontMatter {
    values: Map<String, Value>,
    /// Keys as they stand at the beginning of a line, with the line.
    lines: Vec<(String, u32)>,
    pub doubts: Vec<Doubt>,
}

impl FrontMatter {
    /// The value of a key, which Zola may keep in `[extra]` or `[taxonomies]` and Hugo in `params`.
    pub(super) fn value(&self, key: &str) -> Option<&Value> {
        let inner = |table: &str| self.values.get(table).and_then(|table| table.get(key));
        self.values
            .get(key)
            .or_else(|| inner("taxonomies"))
            .or_else(|| inner("extra"))
            .or_else(|| inner("params"))
            .filter(|value| !value.is_null())
    }

    /// The first of some keys that holds text.
    pub(super) fn text(&self, keys: &[&str]) -> Option<String> {
        keys.iter()
            .find_map(|key| self.value(key).and_then(text_in))
    }

    /// All texts of some keys, whether they stand alone, in lists or in maps with a name.
    pub(super) fn texts(&self, keys: &[&str]) -> Vec<String> {
        let named = |value: &Value| match value {
            Value::Object(map) => ["name", "title", "label", "slug"]
                .iter()
                .find_map(|key| map.get(*key).and_then(text_in))
                .or_else(|| {
                    // A colon in an unquoted item makes a map of it.
                    let (key, value) = map.iter().next().filter(|_| map.len() == 1)?;
                    Some(format!("{key}: {}", text_in(value)?))
                }),
            value => text_in(value),
        };
        keys.iter()
            .filter_map(|key| self.value(key))
            .flat_map(|value| match value {
                Value::Array(items) => items.iter().filter_map(named).collect(),
                value => named(value).into_iter().collect::<Vec<_>>(),
            })
            .collect()
    }

    pub(super) fn is_true(&self, key: &str) -> bool {
        self.is(key, true)
    }

    pub(super) fn is_false(&self, key: &str) -> bool {
        self.is(key, false)
    }

    /// The line of the first of some keys that is there, else the first line.
    pub(super) fn line_of(&self, keys: &[&str]) -> u32 {
        let line = |key: &&str| {
            self.lines
                .iter()
                .find(|(known, _)| known == key)
                .map(|(_, line)| *line)
        };
        keys.iter().find_map(line).unwrap_or(1)
    }

    /// A key that holds a NUL, or whose value does.
    pub(super) fn key_with_nul(&self) -> Option<&str> {
        self.values
            .iter()
            .find(|(key, value)| key.contains('\0') || nul::is_in(value))
            .map(|(key, _)| key.as_str())
    }

    fn is(&self, key: &str, wanted: bool) -> bool {
        match self.value(key) {
            Some(Value::Bool(stated)) => *stated == wanted,
            Some(Value::String(word)) => {
                let word = word.trim().to_ascii_lowercase();
                matches!(
                    (word.as_str(), wanted),
                    ("true" | "yes" | "on", true) | ("false" | "no" | "off", false)
                )
            }
            _ => false,
        }
    }
}

/// The text of a value that is text or a number.
pub(super) fn text_in(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Splits a file. Without front matter all of it is body.
pub(super) fn split<'a>(name: &str, text: &'a str) -> Result<Document<'a>, Refused> {
    let trimmed = text.trim_start_matches(['\n', ' ', '\t']);
    let opened = lines_in(&text[..text.len() - trimmed.len()]) + 1;
    if trimmed.starts_with('{') && JSON_OPENS.is_match(trimmed) {
        return json(name, trimmed, opened);
    }
    let first = trimmed.lines().next().unwrap_or("").trim_end();
    let Some(mark) = ["---", "+++"].into_iter().find(|mark| first == *mark) else {
        return Ok(Document {
            front_matter: None,
            body: text,
            body_line: 1,
        });
    };
    let begins = trimmed.find('\n').map_or(trimmed.len(), |at| at + 1);
    let mut at = begins;
    for line in trimmed[begins..].split_inclusive('\n') {
        let stripped = line.trim_end();
        if stripped == mark || (mark == "---" && stripped == "...") {
            let raw = &trimmed[begins..at];
            let front_matter = if mark == "---" {
                yaml(name, raw, opened)?
            } else {
                toml(name, raw, opened)?
            };
            let body = &trimmed[at + line.len()..];
            return Ok(Document {
                front_matter: Some(front_matter),
                body,
                body_line: opened + lines_in(raw) + 2,
            });
        }
        at += line.len();
    }
    Err(refused(
        name,
        opened,
        format!(
            "the front matter that begins here is never closed: add a line `{mark}` after its last key"
        ),
    ))
}

fn yaml(name: &str, raw: &str, opened: u32) -> Result<FrontMatter, Refused> {
    let lines = keys_with_lines(raw, opened, &YAML_KEY);
    if raw.trim().is_empty() {
        return Ok(FrontMatter::default());
    }
    match serde_yaml_ng::from_str::<Value>(raw) {
        Ok(Value::Object(values)) => {
            let doubts = stray_blanks(raw, opened, &values);
            return Ok(FrontMatter {
                values,
                lines,
                doubts,
            });
        }
        Ok(Value::Null) => return Ok(FrontMatter::default()),
        Ok(_) => {
            return Err(refused(
                name,
                opened + 1,
                "the front matter is not a list of keys: write each as `key: value`".to_owned(),
            ));
        }
        Err(_) => {}
    }
    let (mended, doubts) = mend(raw, opened);
    match serde_yaml_ng::from_str::<Value>(&mended) {
        Ok(Value::Object(values)) => Ok(FrontMatter {
            values,
            lines,
            doubts,
        }),
        Ok(_) => Err(refused(
            name,
            opened + 1,
            "the front matter is not a list of keys: write each as `key: value`".to_owned(),
        )),
        Err(error) => {
            let line = error
                .location()
                .map_or(1, |location| u32::try_from(location.line()).unwrap_or(1));
            Err(refused(
                name,
                opened + line,
                format!(
                    "the YAML of the front matter cannot be read ({error}): put the value in quotation marks or mend its indentation"
                ),
            ))
        }
    }
}

fn toml(name: &str, raw: &str, opened: u32) -> Result<FrontMatter, Refused> {
    match toml::from_str::<toml::Table>(raw) {
        Ok(table) => {
            let values = table
                .into_iter()
                .map(|(key, value)| (key, value_of_toml(value)))
                .collect();
            Ok(FrontMatter {
                values,
                lines: keys_with_lines(raw, opened, &TOML_KEY),
                doubts: Vec::new(),
            })
        }
        Err(error) => {
            let line = error
                .span()
                .and_then(|span| raw.get(..span.start))
                .map_or(0, lines_in);
            Err(refused(
                name,
                opened + 1 + line,
                format!(
                    "the TOML of the front matter cannot be read ({}): mend this line",
                    error.message()
                ),
            ))
        }
    }
}

fn json<'a>(name: &str, text: &'a str, opened: u32) -> Result<Document<'a>, Refused> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Map<String, Value>>();
    match values.next() {
        Some(Ok(map)) => {
            let (raw, body) = text.split_at(values.byte_offset());
            let lines = keys_with_lines(raw, opened.saturating_sub(1), &JSON_KEY);
            let front_matter = FrontMatter {
                values: map,
                lines,
                doubts: Vec::new(),
            };
            Ok(Document {
                front_matter: Some(front_matter),
                body,
                body_line: opened + lines_in(raw),
            })
        }
        Some(Err(error)) => {
            let line = u32::try_from(error.line()).unwrap_or(1);
            Err(refused(
                name,
                opened + line.saturating_sub(1),
                format!("the JSON of the front matter cannot be read ({error}): mend this line"),
            ))
        }
        None => Ok(Document {
            front_matter: None,
            body: text,
            body_line: opened,
        }),
    }
}

fn value_of_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(items) => Value::Array(items.into_iter().map(value_of_toml).collect()),
        toml::Value::Table(table) => Value::Object(
            table
                .into_iter()
                .map(|(key, value)| (key, value_of_toml(value)))
                .collect(),
        ),
    }
}

/// Says where blanks were taken out that a strict reader would refuse or keep.
fn stray_blanks(raw: &str, opened: u32, values: &Map<String, Value>) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    for (line, text) in (opened + 1..).zip(raw.lines()) {
        if text.ends_with('\t') {
            doubts.push(Doubt {
                line,
                message: format!("the tab after `{}` was taken out", text.trim()),
            });
        } else if text.starts_with("title:")
            && values
                .get("title")
                .and_then(Value::as_str)
                .is_some_and(|title| title.starts_with(' '))
        {
            doubts.push(Doubt {
                line,
                message: "the blank before the title was taken out".to_owned(),
            });
        }
    }
    doubts
}

/// YAML that can be read, key by key, and what was done to get there.
fn mend(raw: &str, opened: u32) -> (String, Vec<Doubt>) {
    let mut mended = String::with_capacity(raw.len() + 32);
    let mut doubts = Vec::new();
    let lines: Vec<&str> = raw.lines().collect();
    let mut at = 0;
    while at < lines.len() {
        let length = 1 + lines[at + 1..]
            .iter()
            .take_while(|line| !YAML_KEY.is_match(line))
            .count();
        let entry = &lines[at..at + length];
        let line = opened + 1 + u32::try_from(at).unwrap_or(0);
        at += length;
        let as_written = entry.join("\n");
        if serde_yaml_ng::from_str::<Value>(&as_written).is_ok() {
            mended.push_str(&as_written);
        } else {
            let key = entry[0].split(':').next().unwrap_or("").trim();
            let (text, message) = mend_entry(entry);
            mended.push_str(&text);
            doubts.push(Doubt {
                line,
                message: format!("`{key}` is not valid YAML: {message}"),
            });
        }
        mended.push('\n');
    }
    (mended, doubts)
}

fn mend_entry(entry: &[&str]) -> (String, &'static str) {
    let blanks: Vec<String> = entry.iter().map(|line| without_tabs(line)).collect();
    let blanks = blanks.join("\n");
    if serde_yaml_ng::from_str::<Value>(&blanks).is_ok() {
        return (blanks, "tabs and trailing blanks were taken out");
    }
    let (key, value) = entry[0].split_once(':').unwrap_or((entry[0], ""));
    let value = value.trim();
    if value.is_empty() || value.starts_with(['[', '{']) {
        let items: Vec<String> = entry[1..]
            .iter()
            .map(|line| match line.trim().strip_prefix("- ") {
                Some(item)
                    if serde_yaml_ng::from_str::<Value>(item.trim()).is_err()
                        || item.contains(": ") =>
                {
                    format!("- {}", quoted(item.trim()))
                }
                _ => without_tabs(line),
            })
            .collect();
        return (
            format!("{key}:{value}\n{}", items.join("\n")),
            "its items were read as plain text",
        );
    }
    if value.starts_with(['|', '>']) {
        let lines: Vec<String> = entry[1..]
            .iter()
            .map(|line| format!("  {}", line.trim()))
            .collect();
        return (
            format!("{key}: {value}\n{}", lines.join("\n")),
            "its lines were indented",
        );
    }
    let mut words = value.to_owned();
    for line in &entry[1..] {
        words.push(' ');
        words.push_str(line.trim());
    }
    let words = words.trim();
    let unquoted = ['"', '\'']
        .into_iter()
        .find_map(|mark| {
            words
                .strip_prefix(mark)
                .and_then(|rest| rest.strip_suffix(mark))
        })
        .unwrap_or(words);
    (
        format!("{key}: {}", quoted(unquoted)),
        "it was read as plain text",
    )
}

/// The line without trailing blanks, and with blanks for the tabs that indent it.
fn without_tabs(line: &str) -> String {
    let line = line.trim_end();
    let content = line.trim_start();
    line[..line.len() - content.len()].replace('\t', "  ") + content
}

/// Text as a YAML scalar in quotation marks; YAML reads JSON strings.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

fn keys_with_lines(raw: &str, opened: u32, key: &Regex) -> Vec<(String, u32)> {
    (opened + 1..)
        .zip(raw.lines())
        .filter_map(|(number, line)| Some((key.captures(line)?[1].to_owned(), number)))
        .collect()
}

/// How many lines end in a text.
pub(super) fn lines_in(text: &str) -> u32 {
    u32::try_from(text.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX)
}

fn refused(name: &str, line: u32, reason: String) -> Refused {
    Refused {
        place: Place {
            file: name.to_owned(),
            line,
        },
        reason,
    }
}

static YAML_KEY: LazyLock<Regex> = LazyLock::new(|| regex(r"^([A-Za-z_][\w-]*)[ \t]*:(?:\s|$)"));
static TOML_KEY: LazyLock<Regex> = LazyLock::new(|| regex(r"^\s*([A-Za-z_][\w-]*)\s*="));
static JSON_KEY: LazyLock<Regex> = LazyLock::new(|| regex(r#"^\s*\{?\s*"([A-Za-z_][\w-]*)"\s*:"#));
static JSON_OPENS: LazyLock<Regex> = LazyLock::new(|| regex(r#"^\{\s*(?:"|\})"#));
