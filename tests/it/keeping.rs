//! How the newsroom keeps its catalogue: authors, tags and sources are created, changed, merged and deleted.

use dateline::{
    access::Actor,
    editorial::{identity::AccountId, vocabulary::Role},
    events::{self, ChangeKind, SubjectKind},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    newsroom::{Desk, Newsroom, texts},
    signing_in::{PASSWORD, access, asks, sign_in, staffed},
};

const ERRORS: &str = "errors { __typename message code path ... on VersionConflict { currentVersion savedBy \
    changes { field before after } } ... on InUse { uses count } } changeCursor";

/// Somebody who keeps the catalogue.
struct Keeper<'a> {
    newsroom: &'a Newsroom,
    who: Actor,
}

impl<'a> Keeper<'a> {
    fn of(newsroom: &'a Newsroom) -> Self {
        Self {
            newsroom,
            who: Actor::staff(AccountId(Uuid::now_v7()), "Kay Keeper", Role::Editor),
        }
    }

    async fn tries(&self, act: &str, declared: &str, given: &str, variables: Value) -> Value {
        let noun = ["author", "tag", "source"]
            .into_iter()
            .find(|noun| act.starts_with(noun))
            .expect("an act on a noun");
        let fields = match act.strip_prefix(noun) {
            Some("Delete") => "deletedId".to_owned(),
            Some("Merge") => format!("{noun} {{ id version name slug }} articles"),
            _ => format!("{noun} {{ id version name slug }}"),
        };
        let query = format!("mutation({declared}) {{ {act}({given}) {{ {fields} {ERRORS} }} }}");
        self.newsroom.ask_as(&self.who, &query, variables).await[act].clone()
    }

    async fn tries_to_create(&self, noun: &str, input: Value, key: Option<&str>) -> Value {
        self.tries(
            &format!("{noun}Create"),
            &format!("$input: {}Input!, $key: String", capital(noun)),
            "input: $input, idempotencyKey: $key",
            json!({ "input": input, "key": key }),
        )
        .await
    }

    async fn creates(&self, noun: &str, input: Value) -> Value {
        let payload = self.tries_to_create(noun, input, None).await;
        assert_eq!(payload["errors"], json!([]), "{payload:#}");
        assert!(payload["changeCursor"].is_string(), "{payload:#}");
        payload[noun].clone()
    }

    async fn tries_to_update(&self, noun: &str, what: &Value, input: Value) -> Value {
        self.tries(
            &format!("{noun}Update"),
            &format!("$id: ID!, $version: Int!, $input: {}Input!", capital(noun)),
            "id: $id, expectedVersion: $version, input: $input",
            json!({ "id": what["id"], "version": what["version"], "input": input }),
        )
        .await
    }

    async fn updates(&self, noun: &str, what: &Value, input: Value) -> Value {
        let payload = self.tries_to_update(noun, what, input).await;
        assert_eq!(payload["errors"], json!([]), "{payload:#}");
        payload[noun].clone()
    }

    async fn merges(&self, noun: &str, what: &Value, into: &Value, dry_run: bool) -> Value {
        self.tries(
            &format!("{noun}Merge"),
            "$id: ID!, $version: Int!, $into: ID!, $dry: Boolean!",
            "id: $id, expectedVersion: $version, into: $into, dryRun: $dry",
            json!({ "id": what["id"], "version": what["version"], "into": into["id"], "dry": dry_run }),
        )
        .await
    }

    async fn deletes(&self, noun: &str, what: &Value) -> Value {
        self.tries(
            &format!("{noun}Delete"),
            "$id: ID!, $version: Int!",
            "id: $id, expectedVersion: $version",
            json!({ "id": what["id"], "version": what["version"] }),
        )
        .await
    }

    /// Publishes an article of these authors and tags that cites these sources.
    async fn publishes(&self, headline: &str, links: Value) -> Value {
        let begun = self.drafts(headline, links).await;
        let query = "mutation($id: ID!) { articlePublish(id: $id, expectedVersion: 1) { article { id version } \
                     errors { message } } }";
        let payload = self
            .newsroom
            .ask_as(&self.who, query, json!({ "id": begun["id"] }))
            .await;
        assert_eq!(
            payload["articlePublish"]["errors"],
            json!([]),
            "{payload:#}"
        );
        payload["articlePublish"]["article"].clone()
    }

    async fn drafts(&self, headline: &str, links: Value) -> Value {
        let query = "mutation($input: ArticleInput!) { articleDraftCreate(input: $input) { article { id version } \
                     errors { message } } }";
        let mut input = json!({ "headline": headline, "body": "Words." });
        for (field, value) in links.as_object().expect("links") {
            input[field] = value.clone();
        }
        let payload = self
            .newsroom
            .ask_as(&self.who, query, json!({ "input": input }))
            .await;
        assert_eq!(
            payload["articleDraftCreate"]["errors"],
            json!([]),
            "{payload:#}"
        );
        payload["articleDraftCreate"]["article"].clone()
    }
}

fn capital(noun: &str) -> String {
    format!("{}{}", noun[..1].to_uppercase(), &noun[1..])
}

fn cites(source: &Value) -> Value {
    json!([{ "source": source["id"], "role": "ATTRIBUTION" }])
}

async fn log_of(newsroom: &Newsroom, kind: SubjectKind) -> Vec<ChangeKind> {
    let changes = events::after(&newsroom.db, 0, 1_000)
        .await
        .expect("the log");
    changes
        .iter()
        .filter(|change| change.news.subject_kind == kind)
        .map(|change| change.news.kind)
        .collect()
}

#[tokio::test]
async fn a_noun_is_created_with_a_slug_of_its_own_and_changed_by_version() {
    let newsroom = Newsroom::open().await;
    let keeper = Keeper::of(&newsroom);
    for noun in ["author", "tag", "source"] {
        let first = keeper.creates(noun, json!({ "name": "Zoë Müller" })).await;
        assert_eq!(first["version"], 1);
        let second = keeper.creates(noun, json!({ "name": "Zoe Muller" })).await;
        assert_ne!(first["slug"], second["slug"], "{noun}");

        let renamed = keeper
            .updates(
                noun,
                &first,
                json!({ "name": "Zoë Miller", "slug": "zoe-miller" }),
            )
            .await;
        assert_eq!(renamed["version"], 2);
        let by_old_slug = format!(
            "{{ {noun}(by: {{slug: {}}}) {{ id name slug version }} }}",
            first["slug"]
        );
        assert_eq!(newsroom.ask(&by_old_slug).await[noun], renamed, "{noun}");

        let conflict = keeper
            .tries_to_update(noun, &first, json!({ "name": "Somebody else" }))
            .await["errors"][0]
            .clone();
        assert_eq!(conflict["__typename"], "VersionConflict");
        assert_eq!(conflict["currentVersion"], 2);
        assert_eq!(conflict["savedBy"], "Kay Keeper");
        let changes = conflict["changes"].as_array().expect("changes");
        assert!(
            changes.contains(
                &json!({ "field": "name", "before": "Zoë Müller", "after": "Zoë Miller" })
            ),
            "{conflict:#}"
        );

        let same = keeper
            .updates(noun, &renamed, json!({ "name": "Zoë Miller" }))
            .await;
        assert_eq!(
            same["version"], 2,
            "saving what stands there changes nothing"
        );
    }
}

#[tokio::test]
async fn what_cannot_stand_is_refused_with_every_reason() {
    let newsroom = Newsroom::open().await;
    let keeper = Keeper::of(&newsroom);
    let codes = |payload: Value| texts(&payload["errors"], "code");

    let nameless = keeper
        .tries_to_create("tag", json!({ "name": " ", "slug": "No Slug" }), None)
        .await;
    assert_eq!(codes(nameless), ["REQUIRED", "INVALID"]);

    keeper.creates("tag", json!({ "name": "Harbour" })).await;
    let taken = keeper
        .tries_to_create("tag", json!({ "name": "Port", "slug": "harbour" }), None)
        .await;
    assert_eq!(codes(taken), ["TAKEN"]);

    let unsafe_link =
        json!({ "name": "A", "links": [{ "label": "Me", "url": "javascript:alert(1)" }] });
    let refused = keeper.tries_to_create("author", unsafe_link, None).await;
    assert_eq!(
        refused["errors"][0]["path"],
        json!(["input", "links", "0", "url"])
    );

    let reuters = keeper
        .creates(
            "source",
            json!({ "name": "Reuters", "domains": ["https://www.Reuters.com/world"] }),
        )
        .await;
    let domain = keeper
        .tries_to_create(
            "source",
            json!({ "name": "Routers", "domains": ["reuters.com"] }),
            None,
        )
        .await;
    assert_eq!(codes(domain), ["TAKEN"]);
    let nobody = "source_00000000000000000000000000";
    let orphan = keeper
        .tries_to_create("source", json!({ "name": "Desk", "parent": nobody }), None)
        .await;
    assert_eq!(codes(orphan), ["DANGLING"]);
    let desk = keeper
        .creates(
            "source",
            json!({ "name": "Reuters London", "parent": reuters["id"] }),
        )
        .await;
    let circle = keeper
        .tries_to_update("source", &reuters, json!({ "parent": desk["id"] }))
        .await;
    assert_eq!(codes(circle), ["INVALID"]);
}

#[tokio::test]
async fn a_repeated_creation_with_one_key_creates_once() {
    let newsroom = Newsroom::open().await;
    let keeper = Keeper::of(&newsroom);
    let first = keeper
        .tries_to_create("author", json!({ "name": "Ada" }), Some("k"))
        .await;
    let again = keeper
        .tries_to_create("author", json!({ "name": "Ada" }), Some("k"))
        .await;
    assert_eq!(first, again);
    let other = keeper
        .tries_to_create("author", json!({ "name": "Bea" }), Some("k"))
        .await;
    assert_eq!(other["errors"][0]["code"], "KEY_REUSED");
    let authors = newsroom.ask("{ authors { count { value } } }").await;
    assert_eq!(authors["authors"]["count"]["value"], 1);
}

#[tokio::test]
async fn what_is_used_is_not_deleted_and_its_uses_are_named() {
    let newsroom = Newsroom::open().await;
    let keeper = Keeper::of(&newsroom);
    let author = keeper.creates("author", json!({ "name": "Ada" })).await;
    let tag = keeper.creates("tag", json!({ "name": "Harbour" })).await;
    let source = keeper
        .creates("source", json!({ "name": "Port office" }))
        .await;
    let article = keeper
        .publishes("One", json!({ "authors": [{ "author": author["id"] }] }))
        .await;
    let draft = keeper.drafts("Two", json!({ "tags": [tag["id"]] })).await;
    let child = keeper
        .creates(
            "source",
            json!({ "name": "Port desk", "parent": source["id"] }),
        )
        .await;
    for (noun, what, user) in [
        ("author", &author, &article),
        ("tag", &tag, &draft),
        ("source", &source, &child),
    ] {
        let error = keeper.deletes(noun, what).await["errors"][0].clone();
        assert_eq!(error["__typename"], "InUse", "{error:#}");
        assert_eq!(error["count"], 1);
        assert_eq!(error["uses"], json!([user["id"]]));
    }
    let gone = keeper.deletes("source", &child).await;
    assert_eq!(gone["deletedId"], child["id"], "{gone:#}");
    let gone = keeper.deletes("source", &source).await;
    assert_eq!(gone["errors"], json!([]));
    let by_id = format!("{{ node(id: {}) {{ id }} }}", source["id"]);
    assert!(newsroom.ask(&by_id).await["node"].is_null());
    assert_eq!(
        log_of(&newsroom, SubjectKind::Source).await,
        [
            ChangeKind::Published,
            ChangeKind::Published,
            ChangeKind::Withdrawn,
            ChangeKind::Withdrawn,
        ]
    );
}

#[tokio::test]
async fn a_source_that_only_a_retracted_article_cites_is_still_used() {
    let newsroom = Newsroom::open().await;
    let keeper = Keeper::of(&newsroom);
    let source = keeper
        .creates("source", json!({ "name": "Port office" }))
        .await;
    let article = keeper
        .publishes("One", json!({ "citations": cites(&source) }))
        .await;
    let query = "mutation($id: ID!) { articleRetract(id: $id, expectedVersion: 2, input: {notice: \"Wrong.\"}) { \
                 errors { message } } }";
    newsroom
        .ask_as(&keeper.who, query, json!({ "id": article["id"] }))
        .await;
    let error = keeper.deletes("source", &source).await["errors"][0].clone();
    assert_eq!(error["uses"], json!([article["id"]]), "{error:#}");
}

#[tokio::test]
async fn what_a_retracted_article_needs_stays_used_while_its_draft_is_changed_and_given_up() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let keeper = Keeper::of(&newsroom);
    let source = keeper
        .creates("source", json!({ "name": "Port office" }))
        .await;
    let published = keeper
        .publishes("One", json!({ "citations": cites(&source) }))
        .await;
    let mut article = desk
        .does(
            "articleRetract",
            &published,
            Some(json!({ "notice": "Wrong." })),
        )
        .await;
    for (act, input) in [
        ("articleDraftUpdate", Some(json!({ "citations": [] }))),
        ("articleDraftDiscard", None),
    ] {
        article = desk.does(act, &article, input).await;
        let error = keeper.deletes("source", &source).await["errors"][0].clone();
        assert_eq!(error["uses"], json!([article["id"]]), "{act}: {error:#}");
    }
    // It is used in another database as well.
    let elsewhere = Newsroom::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("site.ndjson");
    std::fs::write(&file, newsroom.dump().await).expect("a file");
    elsewhere.imports(&file).await;
    let error = Keeper::of(&elsewhere).deletes("source", &source).await["errors"][0].clone();
    assert_eq!(error["uses"], json!([article["id"]]), "{error:#}");

    let reason = json!({ "reason": "It was true after all." });
    let restored = desk.does("articleRestore", &article, Some(reason)).await;
    assert_eq!(restored["status"], "PUBLISHED");
}

#[tokio::test]
async fn an_author_that_an_account_writes_as_is_merged_with_it_and_not_deleted() {
    let newsroom = staffed().await;
    let keeper = Keeper::of(&newsroom);
    let author = keeper.creates("author", json!({ "name": "Ada Q." })).await;
    let stays = keeper
        .creates("author", json!({ "name": "Ada Quill" }))
        .await;
    let ada = access(&sign_in(&newsroom, "ada@example.com", PASSWORD).await);
    let own = "{ viewer { account { id version author { name } } } }";
    let account =
        async || asks(&newsroom, &ada, own, Value::Null).await["viewer"]["account"].clone();
    let link = async |author: &Value| {
        let account = account().await;
        let query = "mutation($id: ID!, $v: Int!, $author: ID) { accountUpdate(id: $id, expectedVersion: $v, \
                     input: {author: $author}) { account { version } errors { message } } }";
        let variables = json!({ "id": account["id"], "v": account["version"], "author": author });
        asks(&newsroom, &ada, query, variables).await["accountUpdate"].clone()
    };
    let linked = link(&author["id"]).await;
    assert_eq!(linked["account"]["version"], 2, "{linked:#}");

    let error = keeper.deletes("author", &author).await["errors"][0].clone();
    assert_eq!(error["__typename"], "InUse", "{error:#}");
    assert_eq!(error["count"], 1);
    assert_eq!(error["uses"], json!([account().await["id"]]));
    let message = error["message"].as_str().unwrap_or_default();
    assert!(message.contains("accountUpdate"), "{message}");

    let merged = keeper.merges("author", &author, &stays, false).await;
    assert_eq!(merged["errors"], json!([]), "{merged:#}");
    let account_now = account().await;
    assert_eq!(account_now["author"]["name"], "Ada Quill");
    assert_eq!(account_now["version"], 3);
    let draft = "mutation { articleDraftCreate(input: {}) { article { contributors { author { name } } } } }";
    let draft = asks(&newsroom, &ada, draft, Value::Null).await;
    assert_eq!(
        draft["articleDraftCreate"]["article"]["contributors"],
        json!([{ "author": { "name": "Ada Quill" } }])
    );

    // The id of the one that went leads on here as well.
    let linked = link(&author["id"]).await;
    assert_eq!(linked["errors"], json!([]), "{linked:#}");
    assert_eq!(account().await["author"]["name"], "Ada Quill");
    link(&Value::Null).await;
    let stays = json!({ "id": stays["id"], "version": 2 });
    let error = keeper.deletes("author", &stays).await["errors"][0].clone();
    assert_eq!(error["count"], 1, "only the draft is left: {error:#}");
}

#[tokio::test]
async fn merging_moves_articles_counts_names_and_ids() {
    let newsroom = Newsroom::open().await;
    let keeper = Keeper::of(&newsroom);
    let going = keeper
        .creates("tag", json!({ "name": "Port", "aliases": ["Docks"] }))
        .await;
    let staying = keeper.creates("tag", json!({ "name": "Harbour" })).await;
    let other = keeper.creates("tag", json!({ "name": "Sea" })).await;
    for (headline, tags) in [
        ("Only the one that goes", json!([going["id"], other["id"]])),
        ("Both", json!([staying["id"], going["id"]])),
        ("Only the one that stays", json!([staying["id"]])),
    ] {
        keeper.publishes(headline, json!({ "tags": tags })).await;
    }
    let before = newsroom.dump().await;
    let rehearsed = keeper.merges("tag", &going, &staying, true).await;
    assert_eq!(rehearsed["articles"], 2, "{rehearsed:#}");
    assert_eq!(newsroom.dump().await, before, "a dry run changes nothing");

    let merged = keeper.merges("tag", &going, &staying, false).await;
    assert_eq!(merged["errors"], json!([]), "{merged:#}");
    assert_eq!(merged["articles"], 2);
    assert_eq!(merged["tag"]["version"], 2);

    for by in [
        format!("id: {}", going["id"]),
        "slug: \"port\"".to_owned(),
        format!("id: {}", staying["id"]),
    ] {
        let query = format!(
            "{{ tag(by: {{{by}}}) {{ id aliases articles {{ count {{ value }} nodes {{ headline tags {{ name }} }} }} }} }}"
        );
        let tag = newsroom.ask(&query).await["tag"].clone();
        assert_eq!(tag["id"], staying["id"], "{by}");
        assert_eq!(tag["aliases"], json!(["Port", "Docks"]));
        assert_eq!(tag["articles"]["count"]["value"], 3);
        assert_eq!(
            tag["articles"]["nodes"],
            json!([
                { "headline": "Only the one that stays", "tags": [{ "name": "Harbour" }] },
                { "headline": "Both", "tags": [{ "name": "Harbour" }] },
                { "headline": "Only the one that goes", "tags": [{ "name": "Harbour" }, { "name": "Sea" }] },
            ])
        );
    }
    let node = newsroom
        .ask(&format!("{{ node(id: {}) {{ id }} }}", going["id"]))
        .await;
    assert_eq!(node["node"]["id"], staying["id"]);
    let filtered = format!(
        "{{ articles(where: {{tags: {{any: [{}]}}}}) {{ nodes {{ headline }} }} }}",
        going["id"]
    );
    assert_eq!(
        newsroom.ask(&filtered).await["articles"]["nodes"]
            .as_array()
            .map(Vec::len),
        Some(3)
    );
    let path = newsroom
        .ask("{ resolvePath(path: \"/tags/port\") { __typename } }")
        .await;
    assert!(!path["resolvePath"].is_null(), "the old address leads on");
    assert_eq!(
        log_of(&newsroom, SubjectKind::Tag).await[3..],
        [ChangeKind::Merged, ChangeKind::Updated]
    );
}

#[tokio::test]
async fn merging_authors_keeps_their_roles_and_merging_sources_their_citations() {
    let newsroom = Newsroom::open().await;
    let keeper = Keeper::of(&newsroom);
    let going = keeper
        .creates("author", json!({ "name": "A. Byron" }))
        .await;
    let staying = keeper
        .creates("author", json!({ "name": "Ada Byron" }))
        .await;
    let agency = keeper
        .creates("source", json!({ "name": "Tass", "domains": ["tass.ru"] }))
        .await;
    keeper
        .creates("source", json!({ "name": "Desk", "parent": agency["id"] }))
        .await;
    let kept = keeper
        .creates("source", json!({ "name": "TASS agency" }))
        .await;
    keeper
        .publishes(
            "Story",
            json!({
                "authors": [
                    { "author": staying["id"] },
                    { "author": going["id"], "role": "PHOTOGRAPHER" },
                    { "author": going["id"] },
                ],
                "citations": cites(&agency),
            }),
        )
        .await;
    let merged = keeper.merges("author", &going, &staying, false).await;
    assert_eq!(merged["errors"], json!([]), "{merged:#}");
    let merged = keeper.merges("source", &agency, &kept, false).await;
    assert_eq!(merged["errors"], json!([]), "{merged:#}");
    let answer = newsroom
        .ask(
            "{ articles { nodes { contributors { role author { name } } citations { nodes { source { name articles { count { value } } } } } } } \
             source(by: {domain: \"tass.ru\"}) { name domains } desk: source(by: {slug: \"desk\"}) { parent { name } version } }",
        )
        .await;
    let article = &answer["articles"]["nodes"][0];
    assert_eq!(
        article["contributors"],
        json!([
            { "role": "AUTHOR", "author": { "name": "Ada Byron" } },
            { "role": "PHOTOGRAPHER", "author": { "name": "Ada Byron" } },
        ])
    );
    assert_eq!(
        article["citations"]["nodes"],
        json!([{ "source": { "name": "TASS agency", "articles": { "count": { "value": 1 } } } }])
    );
    assert_eq!(
        answer["source"],
        json!({ "name": "TASS agency", "domains": ["tass.ru"] })
    );
    assert_eq!(
        answer["desk"],
        json!({ "parent": { "name": "TASS agency" }, "version": 2 })
    );
}

#[tokio::test]
async fn a_merge_into_itself_or_below_itself_or_of_an_older_version_is_refused() {
    let newsroom = Newsroom::open().await;
    let keeper = Keeper::of(&newsroom);
    let above = keeper.creates("source", json!({ "name": "Above" })).await;
    let below = keeper
        .creates("source", json!({ "name": "Below", "parent": above["id"] }))
        .await;
    for into in [&above, &below] {
        let refused = keeper.merges("source", &above, into, false).await;
        assert_eq!(refused["errors"][0]["code"], "INVALID", "{refused:#}");
    }
    keeper
        .updates("source", &below, json!({ "name": "Far below" }))
        .await;
    let late = keeper.merges("source", &below, &above, false).await;
    assert_eq!(late["errors"][0]["code"], "VERSION_CONFLICT");
}

#[tokio::test]
async fn an_act_on_a_merged_noun_names_the_one_that_it_went_into() {
    let newsroom = Newsroom::open().await;
    let keeper = Keeper::of(&newsroom);
    let gone = keeper.creates("source", json!({ "name": "Gone" })).await;
    let stays = keeper.creates("source", json!({ "name": "Stays" })).await;
    let other = keeper.creates("source", json!({ "name": "Other" })).await;
    keeper.merges("source", &gone, &stays, false).await;
    let below = json!({ "name": "Below", "parent": gone["id"] });
    for refused in [
        keeper
            .tries_to_update("source", &gone, json!({ "name": "Back" }))
            .await,
        keeper.merges("source", &other, &gone, false).await,
        keeper.deletes("source", &gone).await,
        keeper.tries_to_create("source", below, None).await,
    ] {
        let message = refused["errors"][0]["message"].as_str().expect("a message");
        let (gone, stays) = (gone["id"].as_str(), stays["id"].as_str());
        assert!(message.contains("was merged into"), "{message}");
        assert!(gone.is_some_and(|id| message.contains(id)), "{message}");
        assert!(stays.is_some_and(|id| message.contains(id)), "{message}");
    }
}

#[tokio::test]
async fn drafts_and_later_articles_follow_a_merge_and_a_chain_of_them() {
    let newsroom = Newsroom::open().await;
    let keeper = Keeper::of(&newsroom);
    let first = keeper.creates("tag", json!({ "name": "First" })).await;
    let second = keeper.creates("tag", json!({ "name": "Second" })).await;
    let third = keeper.creates("tag", json!({ "name": "Third" })).await;
    let draft = keeper
        .drafts("Draft", json!({ "tags": [first["id"], second["id"]] }))
        .await;
    let article = keeper
        .publishes("Article", json!({ "tags": [first["id"]] }))
        .await;
    keeper.merges("tag", &first, &second, false).await;
    let second = json!({ "id": second["id"], "version": 2 });
    keeper.merges("tag", &second, &third, false).await;

    let of_draft = "query($id: ID!) { articleDraft(id: $id) { tags { name } } }";
    let shown = newsroom
        .ask_as(&keeper.who, of_draft, json!({ "id": draft["id"] }))
        .await;
    assert_eq!(shown["articleDraft"]["tags"], json!([{ "name": "Third" }]));

    // Whoever still has the old id may write it, and what stands in an old revision can be published again.
    let late = keeper
        .publishes("Late", json!({ "tags": [first["id"]] }))
        .await;
    let update = "mutation($id: ID!) { articleUpdatePublished(id: $id, expectedVersion: 2, \
                  input: {article: {standfirst: \"More.\"}}) { errors { message } } }";
    let updated = newsroom
        .ask_as(&keeper.who, update, json!({ "id": article["id"] }))
        .await;
    assert_eq!(updated["articleUpdatePublished"]["errors"], json!([]));
    for id in [&late["id"], &article["id"]] {
        let tags = newsroom
            .ask(&format!(
                "{{ article(by: {{id: {id}}}) {{ tags {{ id }} }} }}"
            ))
            .await;
        assert_eq!(tags["article"]["tags"], json!([{ "id": third["id"] }]));
    }
    let error = keeper
        .deletes("tag", &json!({ "id": third["id"], "version": 2 }))
        .await["errors"][0]
        .clone();
    assert_eq!(error["count"], 3, "{error:#}");
}

#[tokio::test]
async fn a_dump_carries_merges_to_another_database() {
    let newsroom = Newsroom::open().await;
    let keeper = Keeper::of(&newsroom);
    let going = keeper.creates("tag", json!({ "name": "Port" })).await;
    let staying = keeper.creates("tag", json!({ "name": "Harbour" })).await;
    keeper
        .publishes("Story", json!({ "tags": [going["id"]] }))
        .await;
    let old_dump = newsroom.dump().await;
    keeper.merges("tag", &going, &staying, false).await;
    let dump = newsroom.dump().await;

    let elsewhere = Newsroom::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("site.ndjson");
    std::fs::write(&file, &dump).expect("a file");
    elsewhere.imports(&file).await;
    assert_eq!(elsewhere.dump().await, dump);
    let by_old_id = format!(
        "{{ tag(by: {{id: {}}}) {{ name articles {{ count {{ value }} }} }} }}",
        going["id"]
    );
    assert_eq!(
        elsewhere.ask(&by_old_id).await["tag"],
        json!({ "name": "Harbour", "articles": { "count": { "value": 1 } } })
    );

    // A dump from before the merge brings nothing back.
    std::fs::write(&file, &old_dump).expect("a file");
    elsewhere.imports(&file).await;
    assert_eq!(
        elsewhere.ask(&by_old_id).await["tag"],
        json!({ "name": "Harbour", "articles": { "count": { "value": 1 } } })
    );
}

#[tokio::test]
async fn the_audit_log_tells_who_merged_and_deleted() {
    let newsroom = Newsroom::open().await;
    let keeper = Keeper::of(&newsroom);
    let going = keeper.creates("author", json!({ "name": "A" })).await;
    let staying = keeper.creates("author", json!({ "name": "B" })).await;
    keeper.merges("author", &going, &staying, false).await;
    keeper
        .deletes("author", &json!({ "id": staying["id"], "version": 2 }))
        .await;
    let auditor = Actor::operator("the auditor");
    let query = "{ auditLog(first: 10) { act } }";
    let entries = newsroom.ask_as(&auditor, query, Value::Null).await;
    let acts = texts(&entries["auditLog"], "act");
    for act in ["authorCreate", "authorMerge", "authorDelete"] {
        assert!(acts.iter().any(|known| known == act), "{act}: {acts:?}");
    }
}
