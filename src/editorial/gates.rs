//! Publish gates: what a newsroom wants to be true of an article before readers get it, as data.
//!
//! A file of gates is TOML, a `[[gate]]` table for each; `gates.example.toml` shows every kind.

use std::collections::HashSet;
use std::hash::Hash;

use serde::Deserialize;

use super::vocabulary::{Kind, NoticeKind};

/// One gate.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Its name, by which a refusal and an override speak of it.
    pub name: String,
    /// What it wants.
    pub requires: Requirement,
    /// For which kinds of article; all of them when empty.
    #[serde(default)]
    pub kinds: Vec<Kind>,
    /// For `notice`: which one.
    #[serde(default)]
    pub notice: Option<NoticeKind>,
    /// For `independent-sources` and `authors`: how many; 1 unless given.
    #[serde(default)]
    pub at_least: Option<usize>,
    /// What a refusal says instead of the gate's own words.
    #[serde(default)]
    pub message: Option<String>,
}

/// What a gate wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Requirement {
    /// The kind is set.
    Kind,
    /// There is a standfirst.
    Standfirst,
    /// There are authors.
    Authors,
    /// There is a tag.
    Tags,
    /// Something is stated of the rights.
    Rights,
    /// A picture above it says what it shows.
    PictureText,
    /// There is a notice of a kind.
    Notice,
    /// There are sources that do not depend on each other.
    IndependentSources,
}

/// Every gate of a newsroom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gates {
    /// In the order of the file.
    #[serde(default)]
    pub gate: Vec<Gate>,
}

/// What gates look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts<'a> {
    /// The kind, if it was set.
    pub kind: Option<Kind>,
    /// Whether there is a standfirst.
    pub has_standfirst: bool,
    /// How many authors there are.
    pub authors: usize,
    /// How many tags there are.
    pub tags: usize,
    /// Whether anything is stated of the rights.
    pub has_rights: bool,
    /// Whether there is a picture that does not say what it shows.
    pub has_silent_picture: bool,
    /// The notices.
    pub notices: &'a [NoticeKind],
    /// How many sources do not depend on each other.
    pub independent_sources: usize,
}

/// A gate that is shut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its name.
    pub rule: String,
    /// What is wrong and how to mend it.
    pub message: String,
    /// The field that it looks at.
    pub field: &'static str,
}

impl Gates {
    /// Reads a file of gates.
    ///
    /// # Errors
    /// A sentence that names the gate and what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        let gates: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut names = HashSet::new();
        for gate in &gates.gate {
            if !names.insert(gate.name.as_str()) {
                return Err(format!("the gate \"{}\" stands twice", gate.name));
            }
            if (gate.requires == Requirement::Notice) != gate.notice.is_some() {
                return Err(format!(
                    "the gate \"{}\": `notice` goes with requires = \"notice\", and only with it",
                    gate.name
                ));
            }
            let counts = matches!(
                gate.requires,
                Requirement::IndependentSources | Requirement::Authors
            );
            if gate.at_least.is_some_and(|least| !counts || least == 0) {
                return Err(format!(
                    "the gate \"{}\": `at_least` is 1 or more and goes with independent-sources and authors",
                    gate.name
                ));
            }
        }
        Ok(gates)
    }

    /// Every gate that is shut for these facts.
    #[must_use]
    pub fn violations(&self, facts: Facts<'_>) -> Vec<Violation> {
        self.gate
            .iter()
            .filter(|gate| {
                gate.kinds.is_empty() || facts.kind.is_some_and(|kind| gate.kinds.contains(&kind))
            })
            .filter_map(|gate| gate.judge(facts))
            .collect()
    }
}

impl Gate {
    fn judge(&self, facts: Facts<'_>) -> Option<Violation> {
        let least = self.at_least.unwrap_or(1);
        let (is_open, field, words) = match self.requires {
            Requirement::Kind => (
                facts.kind.is_some(),
                "kind",
                "the kind is not set; say what sort of piece it is".to_owned(),
            ),
            Requirement::Standfirst => (
                facts.has_standfirst,
                "standfirst",
                "there is no standfirst; write one".to_owned(),
            ),
            Requirement::Authors => (
                facts.authors >= least,
                "authors",
                format!("{} of {least} authors are named; name them", facts.authors),
            ),
            Requirement::Tags => (
                facts.tags > 0,
                "tags",
                "there is no tag; say what it is about".to_owned(),
            ),
            Requirement::Rights => (
                facts.has_rights,
                "rights",
                "nothing is stated of the rights; state them".to_owned(),
            ),
            Requirement::PictureText => (
                !facts.has_silent_picture,
                "hero",
                "the picture has no alternative text; say what it shows".to_owned(),
            ),
            Requirement::Notice => {
                let wanted = self.notice?;
                (
                    facts.notices.contains(&wanted),
                    "notices",
                    format!(
                        "there is no notice of the kind {}; add one",
                        wanted.as_str()
                    ),
                )
            }
            Requirement::IndependentSources => (
                facts.independent_sources >= least,
                "citations",
                format!(
                    "it cites {} independent sources and needs {least}; cite others that do not belong to the same \
                     owner and did not reach you through each other",
                    facts.independent_sources
                ),
            ),
        };
        (!is_open).then(|| Violation {
            rule: self.name.clone(),
            message: self.message.clone().unwrap_or(words),
            field,
        })
    }
}

/// How many sources do not depend on each other: citations that reached the article through another one do not count, and
/// sources of one owner count once. Each citation gives the owner at the top of its source and whether it came by another.
#[must_use]
pub fn independent<S: Eq + Hash>(citations: impl IntoIterator<Item = (S, bool)>) -> usize {
    citations
        .into_iter()
        .filter(|(_, by_another)| !by_another)
        .map(|(owner, _)| owner)
        .collect::<HashSet<_>>()
        .len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: Facts<'static> = Facts {
        kind: Some(Kind::News),
        has_standfirst: true,
        authors: 1,
        tags: 1,
        has_rights: true,
        has_silent_picture: false,
        notices: &[],
        independent_sources: 2,
    };

    fn shut(facts: Facts<'_>) -> Vec<String> {
        let gates = Gates::read(include_str!("../../gates.example.toml")).unwrap();
        gates
            .violations(facts)
            .into_iter()
            .map(|violation| violation.rule)
            .collect()
    }

    #[test]
    fn every_gate_that_is_shut_is_named() {
        assert!(shut(FACTS).is_empty());
        assert_eq!(
            shut(Facts {
                kind: None,
                has_rights: false,
                ..FACTS
            }),
            ["kind-is-set", "rights-are-set"]
        );
        assert_eq!(
            shut(Facts {
                independent_sources: 1,
                ..FACTS
            }),
            ["news-has-two-sources"]
        );
        assert_eq!(
            shut(Facts {
                kind: Some(Kind::Opinion),
                independent_sources: 0,
                ..FACTS
            }),
            ["opinion-carries-a-disclaimer"]
        );
        assert!(
            shut(Facts {
                kind: Some(Kind::Opinion),
                notices: &[NoticeKind::Disclaimer],
                ..FACTS
            })
            .is_empty()
        );
    }

    #[test]
    fn sources_of_one_owner_or_through_another_count_once() {
        assert_eq!(
            independent([("reuters", false), ("reuters", false), ("tass", true)]),
            1
        );
        assert_eq!(independent([("reuters", false), ("ap", false)]), 2);
        assert_eq!(independent::<&str>([]), 0);
    }

    #[test]
    fn a_bad_gate_names_itself() {
        for (text, words) in [
            (
                "[[gate]]\nname = \"a\"\nrequires = \"notice\"",
                "\"a\": `notice`",
            ),
            (
                "[[gate]]\nname = \"a\"\nrequires = \"kind\"\nat_least = 2",
                "`at_least`",
            ),
            ("[[gate]]\nname = \"a\"\nrequires = \"magic\"", "magic"),
            (
                "[[gate]]\nname = \"a\"\nrequires = \"kind\"\n[[gate]]\nname = \"a\"\nrequires = \"kind\"",
                "twice",
            ),
            (
                "[[gate]]\nname = \"a\"\nrequires = \"kind\"\ncolour = 1",
                "colour",
            ),
        ] {
            let refusal = Gates::read(text).unwrap_err();
            assert!(refusal.contains(words), "{refusal}");
        }
    }
}
