//! A filter shows exactly the articles that meet it: checked against a model that evaluates the same filter in memory.

use dateline::{
    content::article::document::ArticleDocument,
    editorial::{moment::Moment, vocabulary::Kind},
};
use proptest::{prelude::*, test_runner::TestRunner};

use crate::newsroom::{Newsroom, hours};

const KINDS: [Kind; 3] = [Kind::News, Kind::Opinion, Kind::Review];
const TAGS: [&str; 4] = ["harbour", "trade", "ferries", "unknown"];
const AUTHORS: [&str; 3] = ["ada", "ben", "unknown"];
const SOURCES: [&str; 3] = ["tass", "gazette", "unknown"];
const LANGUAGES: [&str; 2] = ["en", "de"];

#[derive(Debug, Clone)]
enum Where {
    And(Vec<Where>),
    Or(Vec<Where>),
    Not(Box<Where>),
    Kind(Vec<usize>),
    KindNot(Vec<usize>),
    Language(usize),
    Tags(&'static str, Vec<usize>),
    Authors(&'static str, Vec<usize>),
    Sources(&'static str, Vec<usize>),
    Domains(&'static str, Vec<usize>),
    Since(u64),
    Before(u64),
    Both(Box<Where>, Vec<usize>),
}

/// A story with the names that the filters use.
struct Told {
    document: ArticleDocument,
    tags: Vec<usize>,
    authors: Vec<usize>,
    sources: Vec<usize>,
}

impl Where {
    fn graphql(&self) -> String {
        let list = |filters: &[Self]| {
            filters
                .iter()
                .map(Self::graphql)
                .collect::<Vec<_>>()
                .join(", ")
        };
        format!(
            "{{{}}}",
            match self {
                Self::And(parts) => format!("and: [{}]", list(parts)),
                Self::Or(parts) => format!("or: [{}]", list(parts)),
                Self::Not(part) => format!("not: {}", part.graphql()),
                Self::Kind(kinds) => format!(
                    "kind: {{in: [{}]}}",
                    names(kinds, |kind| KINDS[kind].as_str().to_owned())
                ),
                Self::KindNot(kinds) => format!(
                    "kind: {{notIn: [{}]}}",
                    names(kinds, |kind| KINDS[kind].as_str().to_owned())
                ),
                Self::Language(language) =>
                    format!("language: {{in: [\"{}\"]}}", LANGUAGES[*language]),
                Self::Tags(mode, tags) => format!(
                    "tags: {{{mode}: [{}]}}",
                    names(tags, |tag| format!("\"{}\"", TAGS[tag]))
                ),
                Self::Authors(mode, authors) => {
                    format!(
                        "authors: {{{mode}: [{}]}}",
                        names(authors, |author| format!("\"{}\"", AUTHORS[author]))
                    )
                }
                Self::Sources(mode, sources) => {
                    format!(
                        "citedSources: {{{mode}: [{}]}}",
                        names(sources, |source| format!("\"{}\"", SOURCES[source]))
                    )
                }
                Self::Domains(mode, sources) => {
                    format!(
                        "citedDomains: {{{mode}: [{}]}}",
                        names(sources, |source| format!("\"{}.example\"", SOURCES[source]))
                    )
                }
                Self::Since(age) =>
                    format!("publishedAt: {{gte: \"{}\"}}", moment(*age).to_rfc3339()),
                Self::Before(age) =>
                    format!("publishedAt: {{lt: \"{}\"}}", moment(*age).to_rfc3339()),
                Self::Both(part, tags) => {
                    format!(
                        "and: [{}], tags: {{any: [{}]}}",
                        part.graphql(),
                        names(tags, |tag| format!("\"{}\"", TAGS[tag]))
                    )
                }
            }
        )
    }

    fn holds(&self, story: &Told) -> bool {
        let linked = |mode: &str, wanted: &[usize], has: &[usize]| match mode {
            "all" => wanted.iter().all(|name| has.contains(name)),
            "any" => wanted.iter().any(|name| has.contains(name)),
            _ => !wanted.iter().any(|name| has.contains(name)),
        };
        let document = &story.document;
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(story)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(story)),
            Self::Not(part) => !part.holds(story),
            Self::Kind(kinds) => kinds.iter().any(|kind| KINDS[*kind] == document.kind),
            Self::KindNot(kinds) => !kinds.iter().any(|kind| KINDS[*kind] == document.kind),
            Self::Language(language) => document.language == LANGUAGES[*language],
            Self::Tags(mode, tags) => linked(mode, tags, &story.tags),
            Self::Authors(mode, authors) => linked(mode, authors, &story.authors),
            Self::Sources(mode, sources) | Self::Domains(mode, sources) => {
                linked(mode, sources, &story.sources)
            }
            Self::Since(age) => document.published_at >= moment(*age),
            Self::Before(age) => document.published_at < moment(*age),
            Self::Both(part, tags) => part.holds(story) && linked("any", tags, &story.tags),
        }
    }
}

fn names(indexes: &[usize], name: impl Fn(usize) -> String) -> String {
    indexes
        .iter()
        .map(|index| name(*index))
        .collect::<Vec<_>>()
        .join(", ")
}

fn moment(age: u64) -> Moment {
    let begin = Moment::parse(crate::newsroom::BEGIN).expect("a moment");
    Moment(begin.0 - i64::try_from(age).expect("a short age") * 3_600_000_000)
}

fn any_where() -> impl Strategy<Value = Where> {
    let mode = || prop::sample::select(vec!["all", "any", "none"]);
    let some = |size: usize| prop::collection::vec(0..size, 0..3);
    let leaf = prop_oneof![
        some(3).prop_map(Where::Kind),
        some(3).prop_map(Where::KindNot),
        (0..2_usize).prop_map(Where::Language),
        (mode(), some(4)).prop_map(|(mode, tags)| Where::Tags(mode, tags)),
        (mode(), some(3)).prop_map(|(mode, authors)| Where::Authors(mode, authors)),
        (mode(), some(3)).prop_map(|(mode, sources)| Where::Sources(mode, sources)),
        (prop::sample::select(vec!["any", "none"]), some(3))
            .prop_map(|(mode, sources)| Where::Domains(mode, sources)),
        (0..20_u64).prop_map(Where::Since),
        (0..20_u64).prop_map(Where::Before),
    ];
    leaf.prop_recursive(3, 12, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Where::And),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Where::Or),
            inner.clone().prop_map(|part| Where::Not(Box::new(part))),
            (inner, prop::collection::vec(0..4_usize, 1..3))
                .prop_map(|(part, tags)| Where::Both(Box::new(part), tags)),
        ]
    })
}

#[test]
fn a_filter_shows_and_counts_exactly_what_meets_it() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (newsroom, stories) = runtime.block_on(async {
        let newsroom = Newsroom::open().await;
        let mut stories = Vec::new();
        for number in 0..24_usize {
            let tags: Vec<usize> = (0..3).filter(|tag| number >> tag & 1 == 1).collect();
            let authors: Vec<usize> = (0..2).filter(|author| number % 5 != *author).collect();
            let sources: Vec<usize> = (0..2).filter(|source| number % 3 != *source).collect();
            let pick = |list: &[usize], names: &[&'static str]| -> Vec<&'static str> {
                list.iter().map(|index| names[*index]).collect()
            };
            let story = newsroom
                .editor()
                .publishes(&format!("Story {number:02}"))
                .of_kind(KINDS[number % 3])
                .by(&pick(&authors, &AUTHORS))
                .tagged(&pick(&tags, &TAGS))
                .citing(&pick(&sources, &SOURCES))
                .with(|document| LANGUAGES[number / 4 % 2].clone_into(&mut document.language))
                .published_ago(hours(u64::try_from(number * 7 % 20).expect("small")))
                .await;
            stories.push(Told {
                document: story.document,
                tags,
                authors,
                sources,
            });
        }
        (newsroom, stories)
    });
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&any_where(), |filter| {
            runtime.block_on(async {
                let mut wanted: Vec<&Told> = stories.iter().filter(|story| filter.holds(story)).collect();
                wanted.sort_by_key(|story| std::cmp::Reverse((story.document.published_at, story.document.id)));
                let wanted: Vec<String> = wanted.iter().map(|story| story.document.headline.clone()).collect();
                let arguments = format!("first: 100, where: {}", filter.graphql());
                assert_eq!(newsroom.reader().headlines(&arguments).await, wanted, "{arguments}");
                let count = newsroom.ask(&format!("{{ articles({arguments}) {{ count {{ value }} }} }}")).await;
                assert_eq!(count["articles"]["count"]["value"], wanted.len(), "{arguments}");
                // The list of a tag, filtered, is the filtered list of all, restricted to the tag.
                let of_tag = newsroom.ask(&format!("{{ tag(by: {{slug: \"trade\"}}) {{ articles({arguments}) {{ nodes {{ headline }} count {{ value }} }} }} }}")).await;
                let tagged: Vec<String> = wanted
                    .iter()
                    .filter(|headline| stories.iter().any(|story| story.document.headline == **headline && story.tags.contains(&1)))
                    .cloned()
                    .collect();
                assert_eq!(crate::newsroom::texts(&of_tag["tag"]["articles"]["nodes"], "headline"), tagged, "{arguments}");
                assert_eq!(of_tag["tag"]["articles"]["count"]["value"], tagged.len(), "{arguments}");
            });
            Ok(())
        })
        .unwrap();
}
