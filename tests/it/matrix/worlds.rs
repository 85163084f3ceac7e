//! Two newsrooms that readers cannot tell apart: one holds hidden articles in every state, the other none.

use std::sync::Arc;

use async_graphql::Request;
use dateline::{
    access::Actor,
    content::{
        article::document::ArticleDocument,
        author::{self, AuthorDocument},
        site::{self, SiteDocument},
        source::{self, SourceDocument},
        tag::{self, TagDocument},
    },
    editorial::{
        identity::{ArticleId, AuthorId, CitationId, SourceId, TagId},
        moment::Moment,
    },
    http::DatelineEngine,
    platform::clock::Clock,
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    values::Values,
    walk::{Question, Walk},
};
use crate::newsroom::{BEGIN, Desk, Newsroom, hours, sdl::types};

/// What every hidden text has in it, and no other.
pub const MARK: &str = "zqx";

/// When the hidden articles with a time will be seen.
const LATER: &str = "2026-03-01T11:00:00Z";

/// Questions that ask for everything at once may cost more than those of clients.
const COMPLEXITY: usize = 10_000_000;

/// The two newsrooms, and what to try at them.
pub struct Worlds {
    /// The one with hidden articles.
    pub full: Newsroom,
    /// The one without.
    pub bare: Newsroom,
    /// What to try.
    pub values: Values,
    marks: Vec<String>,
}

/// Authors, tags and sources that everything shares.
struct Nouns {
    authors: Vec<AuthorDocument>,
    tags: Vec<TagDocument>,
    sources: Vec<SourceDocument>,
}

impl Nouns {
    fn new() -> Self {
        let id = Uuid::now_v7;
        let parent = SourceId(id());
        let authors = [("Ada Quill", "ada-quill"), ("Ben Ink", "ben-ink")].map(|(name, slug)| {
            json!({
                "id": AuthorId(id()), "slug": slug, "name": name, "bio": "Writes.",
                "links": [{ "label": "Site", "url": "https://example.org/" }], "updated_at": BEGIN,
            })
        });
        let tags = [("Harbour", "harbour"), ("Ferry", "ferry"), ("Storm", "storm")].map(|(name, slug)| {
            json!({
                "id": TagId(id()), "slug": slug, "name": name, "description": "All of it.", "aliases": ["Port"],
                "external_ids": [{ "scheme": "wikidata", "value": "Q1" }], "updated_at": BEGIN,
            })
        });
        let sources = [
            json!({ "id": parent, "slug": "ministry", "name": "Ministry", "kind": "OFFICIAL", "updated_at": BEGIN }),
            json!({
                "id": SourceId(id()), "slug": "tass", "name": "Tass", "kind": "AGENCY", "parent": parent,
                "note": "State media", "domains": ["tass.example"], "updated_at": BEGIN,
            }),
        ];
        Self {
            authors: authors.map(read).into(),
            tags: tags.map(read).into(),
            sources: sources.map(read).into(),
        }
    }

    /// An article with something in every field; every text begins with `mark`.
    fn article(&self, mark: &str, slug: &str, minutes: i64) -> ArticleDocument {
        let at = Moment(Moment::parse(BEGIN).expect("a moment").0 - minutes * 60_000_000);
        let first = CitationId(Uuid::now_v7());
        let article = json!({
            "id": ArticleId(Uuid::now_v7()),
            "headline": format!("{mark} harbour"),
            "standfirst": format!("{mark} standfirst"),
            "slug": slug,
            "path": format!("/{slug}"),
            "kind": "NEWS",
            "language": "en",
            "dateline": { "place": format!("{mark} place"), "date": "2026-03-01", "text": format!("{mark} place, March 1") },
            "byline_text": format!("By {mark}"),
            "authors": [{ "author": self.authors[0].id, "role": "AUTHOR" }],
            "body": format!("The harbour {mark} *body*.\n\n{mark} ferry.\n"),
            "tags": [self.tags[0].id, self.tags[1].id],
            "citations": [
                {
                    "id": first, "source": self.sources[1].id, "role": "QUOTE", "url": "https://www.tass.example/story",
                    "title": format!("{mark} title"), "block": "b-1", "quote": format!("{mark} quote"),
                    "prefix": format!("{mark} prefix"), "suffix": format!("{mark} suffix"),
                    "speaker": format!("{mark} speaker"), "speaker_as_printed": format!("{mark} printed"),
                    "verb": format!("{mark} said"), "snapshot_url": "https://archive.example/1",
                },
                { "id": CitationId(Uuid::now_v7()), "role": "ATTRIBUTION", "via": first, "speaker": format!("{mark} other") },
            ],
            "notices": [{ "kind": "CLARIFICATION", "text": format!("{mark} notice"), "at": at }],
            "rights": {
                "copyright_line": format!("{mark} line"), "copyright_year": 2026,
                "copyright_holder": format!("{mark} holder"), "licence": "CC-BY-4.0", "terms": format!("{mark} terms"),
            },
            "hero": {
                "url": "https://example.org/1.jpg", "alt": format!("{mark} alt"),
                "caption": format!("{mark} caption"), "credit": format!("{mark} credit"),
            },
            "first_published_at": at, "published_at": at, "updated_at": at,
        });
        read(article)
    }

    /// Everything that an editor can give, with the mark of a state in every text.
    fn input(&self, state: &str) -> Value {
        let mark = format!("{MARK}{state}");
        json!({
            "headline": format!("{mark}headline harbour"),
            "standfirst": format!("{mark}standfirst"),
            "slug": format!("{mark}slug"),
            "path": format!("/{mark}path"),
            "kind": "OPINION",
            "language": "zq",
            "dateline": { "place": format!("{mark}place"), "date": "2026-03-01", "text": format!("{mark}dateline") },
            "bylineText": format!("{mark}byline"),
            "authors": [{ "author": self.authors[1].id, "role": "EDITOR" }, { "author": self.authors[0].id }],
            "body": format!("The harbour {mark}body.\n"),
            // These two stand together on no article that readers see.
            "tags": [self.tags[2].id, self.tags[0].id],
            "citations": [{
                "source": self.sources[0].id, "role": "DATA", "url": format!("https://{mark}.example/"),
                "title": format!("{mark}title"), "block": format!("{mark}block"), "quote": format!("{mark}quote"),
                "prefix": format!("{mark}prefix"), "suffix": format!("{mark}suffix"),
                "speaker": format!("{mark}speaker"), "speakerAsPrinted": format!("{mark}printed"),
                "verb": format!("{mark}verb"),
            }],
            "notices": [{ "kind": "DISCLAIMER", "text": format!("{mark}notice") }],
            "rights": {
                "copyrightLine": format!("{mark}line"), "copyrightHolder": format!("{mark}holder"),
                "licence": format!("{mark}licence"), "terms": format!("{mark}terms"), "syndicable": false,
                "aiTerms": "FORBIDDEN",
            },
            "hero": {
                "url": format!("https://{mark}.example/1.jpg"), "alt": format!("{mark}alt"),
                "caption": format!("{mark}caption"), "credit": format!("{mark}credit"),
            },
            "embargoedUntil": (state == "embargoed").then_some(LATER),
        })
    }
}

impl Worlds {
    /// Opens both and fills them.
    pub async fn open() -> Self {
        let nouns = Nouns::new();
        let (full, bare) = (
            patient(Newsroom::open().await),
            patient(Newsroom::open().await),
        );
        let mut seen = Vec::new();
        for (index, slug) in ["the-harbour", "two", "three"].into_iter().enumerate() {
            let mut article =
                nouns.article("The", slug, 60 - i64::try_from(index).unwrap_or_default());
            if index == 0 {
                article.former_paths = vec!["/old-harbour".to_owned()];
            }
            seen.push(article);
        }
        // The same articles in both worlds, but for words that readers do not have any more.
        let withdrawn = both(&nouns, "withdrawn", 50, |plain, marked| {
            *marked = ArticleDocument {
                id: plain.id,
                path: plain.path.clone(),
                ..marked.clone()
            };
            marked.slug = format!("{MARK}withdrawnslug");
        });
        let retracted = both(&nouns, "retracted", 40, |plain, marked| {
            *marked = ArticleDocument {
                standfirst: marked.standfirst.clone(),
                body: marked.body.clone(),
                citations: marked.citations.clone(),
                hero: marked.hero.clone(),
                ..plain.clone()
            };
        });
        let corrected = both(&nouns, "corrected", 30, |plain, marked| {
            *marked = ArticleDocument {
                id: plain.id,
                slug: plain.slug.clone(),
                path: plain.path.clone(),
                ..marked.clone()
            };
        });
        for (newsroom, is_full) in [(&full, true), (&bare, false)] {
            site::save(&newsroom.acting(), &the_site())
                .await
                .expect("the site is saved");
            newsroom
                .saves::<author::entity::Model>(&nouns.authors)
                .await;
            newsroom.saves::<tag::entity::Model>(&nouns.tags).await;
            newsroom
                .saves::<source::entity::Model>(&nouns.sources[..1])
                .await;
            newsroom
                .saves::<source::entity::Model>(&nouns.sources[1..])
                .await;
            newsroom.knows_again().await;
            let of_world = |pair: &(ArticleDocument, ArticleDocument)| {
                if is_full {
                    pair.1.clone()
                } else {
                    pair.0.clone()
                }
            };
            let mut documents = seen.clone();
            documents.extend([
                of_world(&withdrawn),
                of_world(&retracted),
                of_world(&corrected),
            ]);
            let outcomes = newsroom.publish(documents).await;
            assert!(
                format!("{outcomes:?}").matches("Created").count() == 6,
                "{outcomes:?}"
            );
            let desk = Desk::editor(newsroom);
            let known = |document: &ArticleDocument| json!({ "id": document.id, "version": 1 });
            let reason = json!({ "reason": format!("{MARK}withdrawreason") });
            desk.does("articleWithdraw", &known(&withdrawn.0), Some(reason))
                .await;
            let notice = json!({ "notice": "It was made up." });
            desk.does("articleRetract", &known(&retracted.0), Some(notice))
                .await;
            let mut right = corrected.0.clone();
            right.headline = "The right harbour".to_owned();
            let outcomes = newsroom.publish(vec![right]).await;
            assert!(format!("{outcomes:?}").contains("Updated"), "{outcomes:?}");
        }
        let mut worlds = Self {
            full,
            bare,
            values: Values::default(),
            marks: Vec::new(),
        };
        let hidden = worlds.hide(&nouns, &seen).await;
        worlds
            .take_note(
                &nouns,
                &seen,
                hidden,
                &[&withdrawn.1, &retracted.1, &corrected.1],
            )
            .await;
        worlds
    }

    /// Puts articles of every hidden state into the full world.
    async fn hide(&self, nouns: &Nouns, seen: &[ArticleDocument]) -> Vec<Value> {
        let inputs = types();
        let Some(async_graphql::parser::types::TypeKind::InputObject(wanted)) =
            inputs.get("ArticleInput")
        else {
            panic!("no input of articles");
        };
        let given = nouns.input("draft");
        for field in &wanted.fields {
            let name = field.node.name.node.as_str();
            assert!(
                given.get(name).is_some(),
                "hidden articles say nothing in {name}: give it a text with the mark"
            );
        }
        let desk = Desk::editor(&self.full);
        let begun = async |state: &str| desk.begins(nouns.input(state)).await;
        let comment = |state: &str| Some(json!({ "comment": format!("{MARK}{state}comment") }));
        let at = || Some(json!({ "at": LATER }));
        let draft = begun("draft").await;
        let submitted = begun("submitted").await;
        let submitted = desk
            .does("articleDraftSubmit", &submitted, comment("submitted"))
            .await;
        let returned = begun("returned").await;
        let returned = desk
            .does("articleDraftSubmit", &returned, comment("handed"))
            .await;
        let returned = desk
            .does("articleDraftReturn", &returned, comment("returned"))
            .await;
        let discarded = begun("discarded").await;
        let discarded = desk.does("articleDraftDiscard", &discarded, None).await;
        let scheduled = begun("scheduled").await;
        let scheduled = desk.does("articleSchedule", &scheduled, at()).await;
        let embargoed = begun("embargoed").await;
        let embargoed = desk.does("articlePublish", &embargoed, None).await;
        let unscheduled = begun("unscheduled").await;
        let unscheduled = desk.does("articleSchedule", &unscheduled, at()).await;
        let unscheduled = desk.does("articleUnschedule", &unscheduled, None).await;
        assert_eq!(
            (&scheduled["status"], &embargoed["status"]),
            (&json!("SCHEDULED"), &json!("SCHEDULED"))
        );
        // Drafts beside what readers have, one of them given up again.
        let known = |document: &ArticleDocument| json!({ "id": document.id, "version": 1 });
        desk.does(
            "articleDraftUpdate",
            &known(&seen[1]),
            Some(nouns.input("newer")),
        )
        .await;
        let given_up = desk
            .does(
                "articleDraftUpdate",
                &known(&seen[2]),
                Some(nouns.input("givenup")),
            )
            .await;
        desk.does("articleDraftDiscard", &given_up, None).await;
        vec![
            draft,
            submitted,
            returned,
            discarded,
            scheduled,
            embargoed,
            unscheduled,
        ]
    }

    async fn take_note(
        &mut self,
        nouns: &Nouns,
        seen: &[ArticleDocument],
        hidden: Vec<Value>,
        once_seen: &[&ArticleDocument],
    ) {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let states = [
            "draft",
            "submitted",
            "returned",
            "discarded",
            "scheduled",
            "embargoed",
            "unscheduled",
            "newer",
            "givenup",
        ];
        self.marks = states
            .iter()
            .map(|state| format!("{MARK}{state}headline"))
            .collect();
        self.values = Values {
            hidden_ids: hidden.iter().map(|article| text(&article["id"])).collect(),
            hidden_slugs: states
                .iter()
                .map(|state| format!("{MARK}{state}slug"))
                .collect(),
            hidden_paths: states
                .iter()
                .map(|state| format!("/{MARK}{state}path"))
                .collect(),
            tokens: self.bad_tokens(&hidden).await,
            article: seen[0].id.to_string(),
            citation: seen[0].citations[0].id.to_string(),
            nouns: [
                nouns.authors[0].id.to_string(),
                nouns.tags[0].id.to_string(),
                nouns.sources[1].id.to_string(),
            ],
            ..Values::default()
        };
        for citation in once_seen.iter().flat_map(|article| &article.citations) {
            self.values.hidden_ids.push(citation.id.to_string());
        }
        self.values.hidden_ids.push(once_seen[0].id.to_string());
        let editor = Desk::editor(&self.full);
        for article in &hidden {
            let query =
                "query($id: ID!) { articleDraft(id: $id) { citations { id } revisions { id } } }";
            let found = editor.ask(query, json!({ "id": article["id"] })).await;
            for list in ["citations", "revisions"] {
                for item in found["articleDraft"][list].as_array().expect("a list") {
                    self.values.hidden_ids.push(text(&item["id"]));
                }
            }
        }
        self.values.hidden_cursors = self.cursors_at_hidden().await;
        assert!(
            self.values
                .hidden_cursors
                .iter()
                .any(|(field, _)| field == "Query.articles")
        );
    }

    /// The cursors that every list has once the hidden articles with a time are seen.
    async fn cursors_at_hidden(&self) -> Vec<(String, String)> {
        let clock = Clock::standing_at(Moment::parse("2026-03-01T12:00:00Z").expect("a moment"));
        let later = DatelineEngine::new(self.full.db.clone(), clock, COMPLEXITY, keys());
        let mut found = Vec::new();
        let walk = Walk::from("Query", &self.values);
        for Question { about, text } in walk.questions() {
            if about.contains('(') || !text.contains("__cursor") {
                continue;
            }
            let answer = later.execute_as(Request::new(text), Actor::nobody()).await;
            let mut cursors = Vec::new();
            collect(
                &serde_json::to_value(answer).expect("JSON"),
                "cursor",
                &mut cursors,
            );
            found.extend(cursors.into_iter().map(|cursor| (about.clone(), cursor)));
        }
        found
    }

    /// Tokens of previews that should open nothing: forged, of another server, expired, and no tokens at all.
    async fn bad_tokens(&self, hidden: &[Value]) -> Vec<String> {
        let mutation = "mutation($id: ID!) { articlePreviewCreate(id: $id, minutes: 1) { token errors { message } } }";
        let made = Desk::editor(&self.full)
            .ask(mutation, json!({ "id": hidden[0]["id"] }))
            .await;
        let token = made["articlePreviewCreate"]["token"]
            .as_str()
            .expect("a token")
            .to_owned();
        let stranger = DatelineEngine::new(
            self.full.db.clone(),
            self.full.clock.clone(),
            COMPLEXITY,
            keys(),
        );
        let request = Request::new(format!(
            "mutation {{ articlePreviewCreate(id: {}) {{ token }} }}",
            hidden[0]["id"]
        ));
        let foreign = stranger
            .execute_as(request, Desk::editor(&self.full).who)
            .await;
        let foreign = serde_json::to_value(foreign).expect("JSON")["data"]["articlePreviewCreate"]
            ["token"]
            .as_str()
            .expect("a token")
            .to_owned();
        let parts: Vec<&str> = token.split('.').collect();
        let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", parts[1]);
        let cut = format!("{}.{}.", parts[0], parts[1]);
        vec![
            "no-token".to_owned(),
            String::new(),
            foreign,
            unsigned,
            cut,
            token[1..].to_owned(),
        ]
    }

    /// Readers would notice if the hidden articles were seen: the newsroom sees them all, and readers those with a time
    /// once it has come.
    pub async fn show_that_there_is_something_to_hide(&self) {
        let desk = Desk::editor(&self.full);
        let drafts = desk
            .ask(
                "{ articleDrafts(first: 100) { nodes { headline } } }",
                Value::Null,
            )
            .await
            .to_string();
        for state in ["draft", "submitted", "returned", "unscheduled", "newer"] {
            assert!(
                drafts.contains(&format!("{MARK}{state}headline")),
                "{state}: {drafts}"
            );
        }
        let revisions = Statement::from_string(
            self.full.db.backend(),
            "SELECT article_id FROM revision".to_owned(),
        );
        let written = self
            .full
            .db
            .maintenance()
            .query_all_raw(revisions)
            .await
            .expect("revisions")
            .len();
        assert!(written > 25, "{written}");
        self.full.clock.advance(hours(2));
        self.bare.clock.advance(hours(2));
        // The same questions tell the worlds apart as soon as there is something to see.
        let walk = Walk::from("Query", &self.values);
        let mut told_apart = 0;
        for Question { text, .. } in walk.questions().iter().step_by(3) {
            let (here, there) = tokio::join!(
                self.full.answer(text, Value::Null),
                self.bare.answer(text, Value::Null)
            );
            told_apart += usize::from(here != there);
        }
        println!(
            "{told_apart} of a third of the questions tell the worlds apart once the time has come"
        );
        assert!(told_apart > 200, "{told_apart}");
        let list = self
            .full
            .ask("{ articles(first: 100) { nodes { headline } } }")
            .await
            .to_string();
        for state in ["scheduled", "embargoed"] {
            assert!(
                list.contains(&format!("{MARK}{state}headline")),
                "{state}: {list}"
            );
        }
        assert_eq!(list.matches(MARK).count(), 2, "{list}");
        assert_eq!(self.marks.len(), 9);
    }
}

fn patient(mut newsroom: Newsroom) -> Newsroom {
    let engine = DatelineEngine::new(
        newsroom.db.clone(),
        newsroom.clock.clone(),
        COMPLEXITY,
        keys(),
    );
    newsroom.engine = Arc::new(engine);
    newsroom
}

fn the_site() -> SiteDocument {
    let site = json!({
        "name": "The Paper", "url": "https://paper.example", "language": "en", "description": "News.",
        "copyright": "The Paper", "disclaimers": ["Views are their authors' own."],
        "policies": [{ "label": "Corrections", "url": "https://paper.example/corrections" }], "updated_at": BEGIN,
    });
    read(site)
}

fn read<T: serde::de::DeserializeOwned>(document: Value) -> T {
    serde_json::from_value(document).unwrap_or_else(|error| panic!("a document: {error}"))
}

/// The same article for both worlds: plain, and with the mark in all its words, as `change` has it.
fn both(
    nouns: &Nouns,
    slug: &str,
    minutes: i64,
    change: impl FnOnce(&ArticleDocument, &mut ArticleDocument),
) -> (ArticleDocument, ArticleDocument) {
    let plain = nouns.article("The", slug, minutes);
    let mut marked = nouns.article(&format!("{MARK}{slug}"), slug, minutes);
    change(&plain, &mut marked);
    (plain, marked)
}

fn collect(value: &Value, ending: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                if key.ends_with(&format!("__{ending}")) {
                    found.extend(value.as_str().map(str::to_owned));
                }
                collect(value, ending, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, ending, found)),
        _ => {}
    }
}

fn keys() -> dateline::access::keys::Keys {
    dateline::access::keys::Keys::fresh().expect("keys")
}
