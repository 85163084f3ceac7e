//! What nobody in particular may see, tried at every field and every argument of the schema.
//!
//! There are two newsrooms that readers cannot tell apart: one holds hidden articles in every state, the other has never
//! heard of them. Whatever is asked, both must answer the same, letter for letter: data, counts, cursors and errors.
//! The questions are made from the schema, so what is added to it is tried too, or wants a value here.

mod values;
mod walk;
mod worlds;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use self::{
    values::{GHOST, Values},
    walk::{Question, Walk},
    worlds::{MARK, Worlds},
};

/// What nobody in particular sees nothing of, so that it need not have a value in the answers.
const STAFF_ONLY: &[&str] = &[
    "Account",
    "ApiToken",
    "ArticleDraft",
    "AuditEntry.",
    "BlockChange.",
    "Draft",
    "FieldChange.",
    "Revision",
    "Actor.account",
    "Actor.id",
    "Query.articleDraft",
    "Query.articlePreview",
    "Query.revisionDiff",
    "Query.accounts",
    "Query.apiTokens",
    "Query.auditLog",
    "UserError.",
    "ValidationError.",
    "VersionConflict.",
    "GateViolation.",
    "InUse.",
    "NotFound.",
    "NotPermitted.",
];

/// Every field that has a value in an answer: its key says which field of which type it is.
fn note_fields(answer: &Value, seen: &mut BTreeSet<String>) {
    match answer {
        Value::Object(fields) => {
            for (key, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                seen.insert(key.replacen("__", ".", 1));
                note_fields(value, seen);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| note_fields(item, seen)),
        _ => {}
    }
}

/// The first error of an answer that is not one a client could mend by asking otherwise, but a fault of the question.
fn misasked(answer: &Value) -> Option<String> {
    let errors = answer["errors"].as_array()?;
    errors
        .iter()
        .find(|error| {
            let code = error["extensions"]["code"].as_str().unwrap_or_default();
            code.is_empty() || code == "LIMIT_EXCEEDED" || code == "INTERNAL"
        })
        .map(ToString::to_string)
}

fn is_refused(answer: &Value) -> bool {
    answer["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
}

/// What both newsrooms answer to all these questions, by what they are about.
async fn ask_both(worlds: &Worlds, questions: Vec<Question>) -> BTreeMap<String, Vec<Value>> {
    let mut answers: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for Question { about, text } in questions {
        let (here, there) = tokio::join!(
            worlds.full.answer(&text, Value::Null),
            worlds.bare.answer(&text, Value::Null)
        );
        assert_eq!(here, there, "{about} tells of what is hidden:\n{text}");
        assert!(
            misasked(&here).is_none(),
            "{about}: {:?}\n{text}",
            misasked(&here)
        );
        if !text.contains(MARK) {
            assert!(
                !here.to_string().contains(MARK),
                "{about}: {here:#}\n{text}"
            );
        }
        for id in worlds
            .values
            .hidden_ids
            .iter()
            .filter(|id| !text.contains(*id))
        {
            assert!(!here.to_string().contains(id), "{about}: {here:#}\n{text}");
        }
        answers.entry(about).or_default().push(here);
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn no_field_and_no_argument_tells_nobody_of_what_is_hidden() {
    let worlds = Worlds::open().await;
    let walk = Walk::from("Query", &worlds.values);
    let answers = ask_both(&worlds, walk.questions()).await;

    let asked: BTreeSet<String> = answers.keys().cloned().collect();
    let fields = walk.all_fields();
    let unasked: Vec<&String> = fields
        .iter()
        .filter(|field| !asked.contains(*field))
        .collect();
    assert!(unasked.is_empty(), "nobody asked for {unasked:?}");
    let used: BTreeSet<&str> = asked.iter().flat_map(|about| about.split(' ')).collect();
    let arguments = walk.all_arguments();
    let untried: Vec<&String> = (arguments.iter())
        .filter(|argument| !used.contains(argument.as_str()))
        .collect();
    assert!(untried.is_empty(), "nobody tried {untried:?}");

    // An argument that only ever met an error was not tried.
    let mut met = BTreeSet::new();
    for (about, answers) in &answers {
        for place in about.split(' ') {
            if answers
                .iter()
                .any(|answer| answer.get("errors").is_none() || is_refused(answer))
            {
                met.insert(place);
            }
        }
    }
    let refused: Vec<&String> = (fields.iter().chain(&arguments))
        .filter(|place| !met.contains(place.as_str()))
        .collect();
    assert!(refused.is_empty(), "only errors came of {refused:?}");

    let mut seen = BTreeSet::new();
    answers
        .values()
        .flatten()
        .for_each(|answer| note_fields(&answer["data"], &mut seen));
    let empty: Vec<&String> = (fields.iter())
        .filter(|field| !seen.contains(*field))
        .filter(|field| !STAFF_ONLY.iter().any(|hidden| field.starts_with(hidden)))
        .collect();
    assert!(
        empty.is_empty(),
        "nobody has ever seen a value of {empty:?}"
    );

    let count: usize = answers.values().map(Vec::len).sum();
    println!(
        "{} fields, {} arguments, {count} questions",
        fields.len(),
        arguments.len()
    );
    assert!(fields.len() > 200 && arguments.len() > 100 && count > 1_000);
    worlds.show_that_there_is_something_to_hide().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mutation_tells_nobody_whether_something_hidden_exists() {
    let worlds = Worlds::open().await;
    let walk = Walk::from("Mutation", &worlds.values);
    let questions: Vec<Question> = (walk.questions().into_iter())
        .filter(|question| question.about.starts_with("Mutation."))
        .collect();
    let about_ghosts: Vec<Question> = questions
        .iter()
        .filter_map(|Question { about, text }| {
            let hidden = worlds
                .values
                .hidden_ids
                .iter()
                .find(|id| text.contains(*id))?;
            Some(Question {
                about: about.clone(),
                text: text.replace(hidden, GHOST),
            })
        })
        .collect();
    assert!(about_ghosts.len() > 50, "{}", about_ghosts.len());
    let mut seen = BTreeSet::new();
    let answers = ask_both(&worlds, questions).await;
    for Question { about, text } in about_ghosts {
        let of_ghost = worlds.full.answer(&text, Value::Null).await;
        let ghosts_alike = answers[&about].contains(&of_ghost);
        assert!(
            ghosts_alike,
            "{about} answers otherwise for what does not exist: {of_ghost:#}"
        );
    }
    answers
        .values()
        .flatten()
        .for_each(|answer| note_fields(&answer["data"], &mut seen));
    for field in walk
        .all_fields()
        .iter()
        .filter(|field| field.starts_with("Mutation."))
    {
        assert!(seen.contains(field), "{field} gave nothing");
    }
    let tried: BTreeSet<&str> = answers.keys().flat_map(|about| about.split(' ')).collect();
    let untried: Vec<String> = (walk.all_arguments().into_iter())
        .filter(|place| place.starts_with("Mutation.") || !place.contains('('))
        .filter(|place| !tried.contains(place.as_str()))
        .collect();
    // Inputs of queries can be reached from what mutations answer.
    let untried: Vec<&String> = (untried.iter())
        .filter(|place| {
            place
                .split('.')
                .next()
                .is_some_and(|name| name.ends_with("Input"))
        })
        .collect();
    assert!(untried.is_empty(), "nobody tried {untried:?}");
}

#[test]
fn the_values_know_no_argument_that_they_have_not_heard_of() {
    let values = Values::default();
    let unknown = std::panic::catch_unwind(|| values.of("Query.articles(whisper)", "String"));
    let said = *unknown
        .expect_err("no value")
        .downcast::<String>()
        .expect("words");
    assert!(
        said.ends_with("has no value in the matrix: give it one"),
        "{said}"
    );
}
