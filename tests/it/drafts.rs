//! The newsroom at work: drafts, publishing, corrections, retractions, withdrawals, and what readers see of it.

use dateline::{
    access::keys::Keys,
    content::article::announcement,
    editorial::{gates::Gates, vocabulary::Role},
    events::{self, ChangeKind},
    http::DatelineEngine,
};
use serde_json::{Value, json};

use crate::newsroom::{Desk, Newsroom, hours};

async fn kinds(newsroom: &Newsroom) -> Vec<ChangeKind> {
    let changes = events::after(&newsroom.db, 0, 100).await.expect("the log");
    changes
        .iter()
        .map(|change| change.news.kind)
        .filter(|kind| *kind != ChangeKind::Scheduled)
        .collect()
}

/// Every place at which a headline could show to readers.
async fn shows(newsroom: &Newsroom, article: &Value, headline: &str) -> bool {
    let id = article["id"].as_str().expect("an id");
    let mut shows = false;
    for query in [
        format!(r#"{{ article(by: {{id: "{id}"}}) {{ headline }} }}"#),
        format!(r#"{{ node(id: "{id}") {{ ... on Article {{ headline }} }} }}"#),
        "{ articles(first: 100) { nodes { headline } count { value } } }".to_owned(),
        format!(r#"{{ search(query: "{headline}") {{ nodes {{ article {{ headline }} }} }} }}"#),
        "{ tags { nodes { articles { nodes { headline } } } } authors { nodes { articles { nodes { headline } } } } }".to_owned(),
    ] {
        shows |= newsroom.ask(&query).await.to_string().contains(headline);
    }
    shows
}

#[tokio::test]
async fn a_draft_is_seen_by_the_newsroom_alone_until_it_is_published() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let draft = desk
        .begins(json!({ "headline": "Harbour reopens", "kind": "NEWS", "body": "It opened." }))
        .await;
    assert_eq!(draft["version"], 1);
    assert_eq!(draft["stage"], "WRITING");
    assert_eq!(draft["status"], "UNPUBLISHED");
    assert!(!shows(&newsroom, &draft, "Harbour").await);
    let published = desk.does("articlePublish", &draft, None).await;
    assert_eq!(published["version"], 2);
    assert_eq!(published["stage"], "SETTLED");
    assert_eq!(published["status"], "PUBLISHED");
    assert_eq!(published["path"], "/harbour-reopens");
    assert!(shows(&newsroom, &draft, "Harbour").await);
    assert_eq!(kinds(&newsroom).await, [ChangeKind::Published]);
}

#[tokio::test]
async fn readers_keep_the_published_version_while_a_new_draft_is_written() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let draft = desk.begins(json!({ "headline": "Harbour reopens" })).await;
    let published = desk.does("articlePublish", &draft, None).await;
    let saved = desk
        .does(
            "articleDraftUpdate",
            &published,
            Some(json!({ "headline": "Harbour shut again" })),
        )
        .await;
    assert_eq!(saved["headline"], "Harbour shut again");
    assert_eq!(saved["published"]["headline"], "Harbour reopens");
    assert!(!shows(&newsroom, &saved, "shut").await);
    let discarded = desk.does("articleDraftDiscard", &saved, None).await;
    assert_eq!(discarded["headline"], "Harbour reopens");
    assert_eq!(discarded["stage"], "SETTLED");
    let back = desk
        .ask(
            "mutation($id: ID!) { articleRevisionRestore(id: $id, expectedVersion: 4, version: 3) { article { headline stage } errors { message } } }",
            json!({ "id": saved["id"] }),
        )
        .await;
    assert_eq!(
        back["articleRevisionRestore"]["article"]["headline"],
        "Harbour shut again"
    );
}

#[tokio::test]
async fn a_draft_goes_to_review_and_back_with_a_comment() {
    let newsroom = Newsroom::open().await;
    let reporter = Desk::of(&newsroom, "Rex Roe", Role::Reporter);
    let editor = Desk::editor(&newsroom);
    let draft = reporter
        .begins(json!({ "headline": "Harbour reopens" }))
        .await;
    let submitted = reporter.does("articleDraftSubmit", &draft, None).await;
    assert_eq!(submitted["stage"], "IN_REVIEW");
    let refusal = reporter
        .is_refused("articlePublish", &submitted, None)
        .await;
    assert_eq!(refusal["missingScope"], "ARTICLES_PUBLISH");
    let refusal = editor
        .is_refused(
            "articleDraftReturn",
            &submitted,
            Some(json!({ "comment": " " })),
        )
        .await;
    assert_eq!(refusal["code"], "REQUIRED");
    let returned = editor
        .does(
            "articleDraftReturn",
            &submitted,
            Some(json!({ "comment": "Who says so?" })),
        )
        .await;
    assert_eq!(returned["stage"], "RETURNED");
    assert_eq!(returned["comment"], "Who says so?");
    let list = editor
        .ask("{ articleDrafts(where: {stage: {in: [RETURNED]}}) { nodes { headline savedBy } count { value } } }", Value::Null)
        .await;
    assert_eq!(
        list["articleDrafts"],
        json!({ "nodes": [{ "headline": "Harbour reopens", "savedBy": "Edda Stone" }], "count": { "value": 1 } })
    );
}

#[tokio::test]
async fn absent_is_unchanged_and_null_clears() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let draft = desk
        .begins(json!({ "headline": "Harbour reopens", "standfirst": "At last", "slug": "harbour", "path": "/2026/harbour" }))
        .await;
    let saved = desk
        .does(
            "articleDraftUpdate",
            &draft,
            Some(json!({ "standfirst": null, "slug": "port" })),
        )
        .await;
    assert_eq!(saved["headline"], "Harbour reopens");
    assert_eq!(saved["path"], "/2026/port", "the path goes with the slug");
    let same = desk
        .does(
            "articleDraftUpdate",
            &saved,
            Some(json!({ "slug": "port" })),
        )
        .await;
    assert_eq!(
        same["version"], saved["version"],
        "saving the same makes no version"
    );
}

#[tokio::test]
async fn a_scheduled_article_is_seen_from_its_time_and_announced_once() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let draft = desk.begins(json!({ "headline": "Harbour reopens" })).await;
    let refusal = desk
        .is_refused(
            "articleSchedule",
            &draft,
            Some(json!({ "at": "2026-03-01T08:00:00Z" })),
        )
        .await;
    assert_eq!(refusal["path"], json!(["input", "at"]));
    let scheduled = desk
        .does(
            "articleSchedule",
            &draft,
            Some(json!({ "at": "2026-03-01T11:00:00Z" })),
        )
        .await;
    assert_eq!(scheduled["status"], "SCHEDULED");
    assert!(!shows(&newsroom, &draft, "Harbour").await);
    assert_eq!(
        newsroom
            .ask(r#"{ resolvePath(path: "/harbour-reopens") { __typename } }"#)
            .await["resolvePath"],
        Value::Null
    );
    announcement::announce_due(&newsroom.acting())
        .await
        .expect("a look");
    assert!(kinds(&newsroom).await.is_empty());
    newsroom.clock.advance(hours(3));
    assert!(
        shows(&newsroom, &draft, "Harbour").await,
        "the clock needs no job"
    );
    let acting = newsroom.acting();
    let (one, two) = tokio::join!(
        announcement::announce_due(&acting),
        announcement::announce_due(&acting)
    );
    assert_eq!(one.expect("a look") + two.expect("a look"), 1);
    assert_eq!(kinds(&newsroom).await, [ChangeKind::Published]);
}

#[tokio::test]
async fn an_unscheduled_article_is_a_draft_again_and_leaves_no_trace() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let draft = desk.begins(json!({ "headline": "Harbour reopens" })).await;
    let scheduled = desk
        .does(
            "articleSchedule",
            &draft,
            Some(json!({ "at": "2026-03-01T11:00:00Z" })),
        )
        .await;
    let taken_back = desk.does("articleUnschedule", &scheduled, None).await;
    assert_eq!(
        (&taken_back["stage"], &taken_back["status"]),
        (&json!("WRITING"), &json!("UNPUBLISHED"))
    );
    newsroom.clock.advance(hours(3));
    assert!(!shows(&newsroom, &draft, "Harbour").await);
    announcement::announce_due(&newsroom.acting())
        .await
        .expect("a look");
    assert!(kinds(&newsroom).await.is_empty());
}

#[tokio::test]
async fn an_embargoed_article_is_absent_until_the_embargo_lifts() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let draft = desk
        .begins(json!({ "headline": "Harbour reopens", "embargoedUntil": "2026-03-01T11:00:00Z" }))
        .await;
    desk.does("articlePublish", &draft, None).await;
    assert!(!shows(&newsroom, &draft, "Harbour").await);
    newsroom.clock.advance(hours(2));
    assert!(shows(&newsroom, &draft, "Harbour").await);
}

#[tokio::test]
async fn a_correction_carries_a_notice_and_a_silent_update_does_not() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let draft = desk
        .begins(json!({ "headline": "Harbour reopens", "body": "In May." }))
        .await;
    let published = desk.does("articlePublish", &draft, None).await;
    let refusal = desk
        .is_refused(
            "articleCorrect",
            &published,
            Some(json!({ "notice": { "text": "" } })),
        )
        .await;
    assert_eq!(refusal["path"], json!(["input", "notice", "text"]));
    let corrected = desk
        .does(
            "articleCorrect",
            &published,
            Some(json!({ "notice": { "text": "It was June." }, "article": { "body": "In June.", "slug": "harbour" } })),
        )
        .await;
    let shown = &corrected["published"];
    assert_eq!(
        shown["notices"],
        json!([{ "kind": "CORRECTION", "text": "It was June." }])
    );
    assert_eq!(shown["body"]["markdown"], "In June.");
    assert_eq!(shown["formerPaths"], json!(["/harbour-reopens"]));
    let moved = newsroom
        .ask(r#"{ resolvePath(path: "/harbour-reopens") { ... on Redirect { to } } }"#)
        .await;
    assert_eq!(moved["resolvePath"]["to"], "/harbour");
    let updated = desk
        .does(
            "articleUpdatePublished",
            &corrected,
            Some(json!({ "article": { "body": "In early June." } })),
        )
        .await;
    assert_eq!(
        updated["published"]["notices"].as_array().map(Vec::len),
        Some(1)
    );
    let history = desk
        .ask("query($id: ID!) { articleDraft(id: $id) { revisions { act } } revisionDiff(article: $id, from: 3, to: 4) { fields { field } blocks { before { text } after { text } } } }",
            json!({ "id": draft["id"] }))
        .await;
    assert_eq!(
        history["articleDraft"]["revisions"],
        json!([{ "act": "UPDATED_SILENTLY" }, { "act": "CORRECTED" }, { "act": "PUBLISHED" }, { "act": "CREATED" }])
    );
    assert_eq!(
        history["revisionDiff"]["blocks"],
        json!([{ "before": { "text": "In June." }, "after": { "text": "In early June." } }])
    );
    assert_eq!(
        kinds(&newsroom).await,
        [
            ChangeKind::Published,
            ChangeKind::Corrected,
            ChangeKind::Updated
        ]
    );
}

#[tokio::test]
async fn a_retracted_article_keeps_its_notice_and_loses_its_body_until_it_is_restored() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let draft = desk
        .begins(json!({ "headline": "Harbour reopens", "standfirst": "Ribbons cut", "body": "Nonsense was said." }))
        .await;
    let published = desk.does("articlePublish", &draft, None).await;
    let retracted = desk
        .does(
            "articleRetract",
            &published,
            Some(json!({ "notice": "The report was made up." })),
        )
        .await;
    assert_eq!(retracted["status"], "RETRACTED");
    assert_eq!(retracted["published"]["body"]["markdown"], "");
    assert_eq!(retracted["published"]["notices"][0]["kind"], "RETRACTION");
    assert!(!shows(&newsroom, &draft, "Nonsense").await);
    let refusal = desk
        .is_refused("articleUpdatePublished", &retracted, None)
        .await;
    assert_eq!(refusal["code"], "WRONG_STATE");
    let restored = desk
        .does(
            "articleRestore",
            &retracted,
            Some(json!({ "reason": "It was true after all." })),
        )
        .await;
    assert_eq!(
        restored["published"]["body"]["markdown"],
        "Nonsense was said."
    );
    assert_eq!(restored["published"]["notices"], json!([]));
    assert_eq!(
        kinds(&newsroom).await,
        [
            ChangeKind::Published,
            ChangeKind::Retracted,
            ChangeKind::Updated
        ]
    );
}

#[tokio::test]
async fn a_draft_that_was_given_up_is_taken_up_again_before_it_is_published() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let draft = desk
        .begins(json!({ "headline": "Harbour reopens", "body": "It opened." }))
        .await;
    let given_up = desk.does("articleDraftDiscard", &draft, None).await;
    assert_eq!(given_up["stage"], "DISCARDED");
    let at = json!({ "at": "2030-03-01T09:00:00Z" });
    for (act, input) in [("articlePublish", None), ("articleSchedule", Some(at))] {
        let refusal = desk.is_refused(act, &given_up, input).await;
        assert_eq!(refusal["code"], "WRONG_STATE", "{refusal:#}");
        assert_eq!(refusal["path"], json!(["id"]));
        let message = refusal["message"].as_str().unwrap_or_default();
        assert!(message.contains("articleDraftUpdate"), "{message}");
    }
    assert!(!shows(&newsroom, &draft, "Harbour").await);
    let taken_up = desk
        .does("articleDraftUpdate", &given_up, Some(json!({})))
        .await;
    assert_eq!(taken_up["stage"], "WRITING");
    let published = desk.does("articlePublish", &taken_up, None).await;
    assert_eq!(published["status"], "PUBLISHED");
}

#[tokio::test]
async fn a_withdrawn_article_is_gone_everywhere_and_its_paths_say_so() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let draft = desk.begins(json!({ "headline": "Harbour reopens" })).await;
    let refusal = desk
        .is_refused(
            "articleWithdraw",
            &draft,
            Some(json!({ "reason": "Court order" })),
        )
        .await;
    assert_eq!(refusal["code"], "WRONG_STATE");
    let published = desk.does("articlePublish", &draft, None).await;
    let withdrawn = desk
        .does(
            "articleWithdraw",
            &published,
            Some(json!({ "reason": "Court order" })),
        )
        .await;
    assert_eq!(withdrawn["status"], "WITHDRAWN");
    assert!(!shows(&newsroom, &draft, "Harbour").await);
    let gone = newsroom
        .ask(r#"{ resolvePath(path: "/harbour-reopens") { __typename } }"#)
        .await;
    assert_eq!(gone["resolvePath"]["__typename"], "Gone");
    let refusal = desk
        .is_refused(
            "articleDraftUpdate",
            &withdrawn,
            Some(json!({ "headline": "Other" })),
        )
        .await;
    assert_eq!(refusal["code"], "WRONG_STATE");
    let restored = desk
        .does(
            "articleRestore",
            &withdrawn,
            Some(json!({ "reason": "Order lifted" })),
        )
        .await;
    assert_eq!(restored["status"], "PUBLISHED");
    assert!(shows(&newsroom, &draft, "Harbour").await);
    assert_eq!(
        kinds(&newsroom).await,
        [
            ChangeKind::Published,
            ChangeKind::Withdrawn,
            ChangeKind::Published
        ]
    );
}

#[tokio::test]
async fn who_expects_another_version_is_told_who_saved_what() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let other = Desk::of(&newsroom, "Rex Roe", Role::Reporter);
    let draft = desk.begins(json!({ "headline": "Harbour reopens" })).await;
    other
        .does(
            "articleDraftUpdate",
            &draft,
            Some(json!({ "headline": "Harbour shut" })),
        )
        .await;
    let conflict = desk
        .is_refused(
            "articleDraftUpdate",
            &draft,
            Some(json!({ "headline": "Harbour open" })),
        )
        .await;
    assert_eq!(conflict["__typename"], "VersionConflict");
    assert_eq!(conflict["currentVersion"], 2);
    assert_eq!(conflict["savedBy"], "Rex Roe");
    assert_eq!(
        conflict["changes"],
        json!([{ "field": "headline", "before": "Harbour reopens", "after": "Harbour shut" }])
    );
}

#[tokio::test]
async fn of_sixteen_editors_at_once_one_wins_each_round_and_the_others_are_told() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let mut draft = desk.begins(json!({ "headline": "Round 0" })).await;
    for round in 1..=5 {
        let attempts = (0..16).map(|editor| {
            let input = json!({ "headline": format!("Round {round} by {editor}") });
            let (desk, draft) = (&desk, &draft);
            async move { desk.tries("articleDraftUpdate", draft, Some(input)).await }
        });
        let payloads = futures_util::future::join_all(attempts).await;
        let winners: Vec<&Value> = payloads
            .iter()
            .filter(|p| !p["article"].is_null())
            .collect();
        assert_eq!(winners.len(), 1, "round {round}");
        for loser in payloads.iter().filter(|p| p["article"].is_null()) {
            assert_eq!(loser["errors"][0]["code"], "VERSION_CONFLICT", "{loser:#}");
        }
        let won = winners[0]["article"].clone();
        assert_eq!(won["version"], round + 1);
        draft = won;
    }
}

#[tokio::test]
async fn a_repeated_act_happens_once_and_a_key_serves_one_input() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let draft = desk.begins(json!({ "headline": "Harbour reopens" })).await;
    let first = desk
        .tries_with_key("articlePublish", &draft, None, Some("k1"))
        .await;
    let again = desk
        .tries_with_key("articlePublish", &draft, None, Some("k1"))
        .await;
    assert_eq!(first, again);
    let both = futures_util::future::join_all((0..8).map(|_| {
        desk.tries_with_key(
            "articleUpdatePublished",
            &first["article"],
            Some(json!({ "article": { "headline": "Harbour open" } })),
            Some("k2"),
        )
    }))
    .await;
    assert!(
        both.iter()
            .all(|payload| *payload == both[0] && payload["errors"] == json!([])),
        "{both:#?}"
    );
    let other = desk
        .tries_with_key(
            "articlePublish",
            &draft,
            Some(json!({ "overrideReason": "x" })),
            Some("k1"),
        )
        .await;
    assert_eq!(other["errors"][0]["code"], "KEY_REUSED");
    assert_eq!(
        kinds(&newsroom).await,
        [ChangeKind::Published, ChangeKind::Updated]
    );
}

#[tokio::test]
async fn a_shut_gate_names_itself_and_an_override_goes_on_record() {
    let mut newsroom = Newsroom::open().await;
    let gates = Gates::read(include_str!("../../gates.example.toml")).expect("gates");
    let keys = Keys::fresh().expect("keys");
    newsroom.engine = std::sync::Arc::new(
        DatelineEngine::new(newsroom.db.clone(), newsroom.clock.clone(), 100_000, keys)
            .with_gates(gates),
    );
    let desk = Desk::editor(&newsroom);
    let draft = desk
        .begins(json!({ "headline": "Harbour reopens", "kind": "NEWS" }))
        .await;
    assert_eq!(draft["gateViolations"].as_array().map(Vec::len), Some(2));
    let payload = desk.tries("articlePublish", &draft, None).await;
    let rules: Vec<&str> = payload["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .filter_map(|error| error["rule"].as_str())
        .collect();
    assert_eq!(rules, ["news-has-two-sources", "rights-are-set"]);
    let published = desk
        .does(
            "articlePublish",
            &draft,
            Some(json!({ "overrideReason": "The minister is dead" })),
        )
        .await;
    assert_eq!(published["status"], "PUBLISHED");
    let rows = <dateline::access::audit::entity::Entity as sea_orm::EntityTrait>::find;
    let entries: Vec<dateline::access::audit::entity::Model> = rows()
        .all(newsroom.db.maintenance())
        .await
        .expect("the audit log");
    assert!(entries.iter().any(|entry| entry.act == "articlePublish"
        && entry.actor == "Edda Stone"
        && entry.reason.as_deref()
            == Some("The minister is dead (overrides news-has-two-sources, rights-are-set)")));
    assert_eq!(entries.len(), 2);
}

#[tokio::test]
async fn what_stands_in_the_way_of_publishing_is_said_all_at_once() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let empty = desk.begins(json!({})).await;
    let refusal = desk.is_refused("articlePublish", &empty, None).await;
    assert_eq!(
        (&refusal["code"], &refusal["path"]),
        (&json!("REQUIRED"), &json!(["headline"]))
    );
    newsroom.editor().publishes("Harbour reopens").await;
    let ghost = "tag_01h455vb4pex5vsknk084sn02q";
    let twin = desk
        .begins(json!({ "headline": "Harbour reopens", "tags": [ghost] }))
        .await;
    let payload = desk.tries("articlePublish", &twin, None).await;
    let codes: Vec<&str> = payload["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .filter_map(|error| error["code"].as_str())
        .collect();
    assert_eq!(codes, ["DANGLING", "TAKEN", "TAKEN"], "{payload:#}");
}

#[tokio::test]
async fn readers_and_strangers_learn_nothing_of_drafts() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let draft = desk.begins(json!({ "headline": "Secret harbour" })).await;
    let id = draft["id"].as_str().expect("an id");
    for query in [
        format!(r#"{{ articleDraft(id: "{id}") {{ headline }} }}"#),
        "{ articleDrafts { nodes { headline } } }".to_owned(),
        format!(r#"{{ revisionDiff(article: "{id}", from: 1, to: 1) {{ fields {{ field }} }} }}"#),
    ] {
        let (code, message) = newsroom.refusal(&query).await;
        assert_eq!(code, "NOT_PERMITTED", "{message}");
    }
    let there = newsroom
        .answer(&format!(r#"mutation {{ articlePublish(id: "{id}", expectedVersion: 1) {{ errors {{ code message }} }} }}"#), Value::Null)
        .await;
    let nowhere = newsroom
        .answer(r#"mutation { articlePublish(id: "article_01h455vb4pex5vsknk084sn02q", expectedVersion: 1) { errors { code message } } }"#, Value::Null)
        .await;
    assert_eq!(there, nowhere);
    assert_eq!(
        there["data"]["articlePublish"]["errors"][0]["code"],
        "NOT_PERMITTED"
    );
}

#[tokio::test]
async fn a_dump_carries_what_readers_had_and_no_draft() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let draft = desk.begins(json!({ "headline": "Harbour reopens" })).await;
    let published = desk.does("articlePublish", &draft, None).await;
    desk.does(
        "articleDraftUpdate",
        &published,
        Some(json!({ "headline": "Secret harbour" })),
    )
    .await;
    desk.begins(json!({ "headline": "Another secret" })).await;
    let dump = newsroom.dump().await;
    assert!(dump.contains("Harbour reopens"));
    assert!(!dump.to_lowercase().contains("secret"));
}

#[tokio::test]
async fn a_preview_token_shows_one_draft_until_it_expires() {
    let newsroom = Newsroom::open().await;
    let desk = Desk::editor(&newsroom);
    let draft = desk.begins(json!({ "headline": "Secret harbour" })).await;
    let made = desk
        .ask(
            "mutation($id: ID!) { articlePreviewCreate(id: $id, minutes: 60) { token expiresAt errors { message } } }",
            json!({ "id": draft["id"] }),
        )
        .await;
    let token = made["articlePreviewCreate"]["token"]
        .as_str()
        .expect("a token")
        .to_owned();
    let preview = "query($token: String!) { articlePreview(token: $token) { headline savedBy revisions { act } } }";
    let newsroom = &newsroom;
    let ask = |token: String| async move {
        newsroom.answer(preview, json!({ "token": token })).await["data"]["articlePreview"].clone()
    };
    assert_eq!(
        ask(token.clone()).await,
        json!({ "headline": "Secret harbour", "savedBy": null, "revisions": [] })
    );
    let mut forged = token.clone();
    forged.insert(token.len() / 2, 'A');
    assert!(ask(forged).await.is_null());
    newsroom.clock.advance(hours(2));
    assert!(ask(token).await.is_null());
}
