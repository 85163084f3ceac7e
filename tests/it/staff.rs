//! The staff and their programs: lists of them, and the authors that they write as.

use dateline::{
    access::account::{self, NewAccount},
    editorial::{identity::AuthorId, vocabulary::Role},
};
use serde_json::{Value, json};

use crate::{
    newsroom::{Newsroom, texts},
    signing_in::{PASSWORD, access, asks, operator, sign_in, staffed},
};

async fn ada(newsroom: &Newsroom) -> String {
    access(&sign_in(newsroom, "ada@example.com", PASSWORD).await)
}

#[tokio::test]
async fn the_staff_is_paged_in_both_directions() {
    let newsroom = staffed().await;
    for name in ["Bob", "Cy", "Di", "Ed"] {
        let new = NewAccount {
            name: name.to_owned(),
            email: format!("{name}@example.com"),
            role: Role::Reporter,
            password: PASSWORD.to_owned(),
        };
        account::create(&operator(&newsroom), new)
            .await
            .expect("an account");
    }
    let ada = ada(&newsroom).await;
    let page = async |arguments: &str| {
        let query = format!(
            "{{ accounts({arguments}) {{ nodes {{ name author {{ name }} }} edges {{ cursor }} count {{ value precision }} \
             pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
        );
        let page = asks(&newsroom, &ada, &query, Value::Null).await["accounts"].clone();
        (texts(&page["nodes"], "name"), page)
    };
    let (names, first) = page("first: 2").await;
    assert_eq!(names, ["Ada", "Bob"]);
    assert_eq!(first["count"], json!({"value": 5, "precision": "EXACT"}));
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let after = &first["pageInfo"]["endCursor"];
    let (names, second) = page(&format!("first: 2, after: {after}")).await;
    assert_eq!(names, ["Cy", "Di"]);
    let before = &second["pageInfo"]["startCursor"];
    let (names, _) = page(&format!("last: 1, before: {before}")).await;
    assert_eq!(names, ["Bob"]);
    let (names, last) = page("last: 2").await;
    assert_eq!(names, ["Di", "Ed"]);
    assert_eq!(last["pageInfo"]["hasNextPage"], false);
    assert_eq!(last["pageInfo"]["hasPreviousPage"], true);
}

#[tokio::test]
async fn api_tokens_are_paged_the_newest_first() {
    let newsroom = staffed().await;
    let ada = ada(&newsroom).await;
    for number in 0..3 {
        let query = format!(
            "mutation {{ apiTokenCreate(input: {{name: \"feed {number}\", scopes: []}}) {{ errors {{ code }} }} }}"
        );
        asks(&newsroom, &ada, &query, Value::Null).await;
    }
    let page = async |arguments: &str| {
        let query = format!(
            "{{ apiTokens({arguments}) {{ nodes {{ name heldBy }} count {{ value }} pageInfo {{ endCursor }} }} viewer {{ id }} }}"
        );
        asks(&newsroom, &ada, &query, Value::Null).await
    };
    let first = page("first: 2").await;
    let list = &first["apiTokens"];
    assert_eq!(texts(&list["nodes"], "name"), ["feed 2", "feed 1"]);
    assert_eq!(list["nodes"][0]["heldBy"], first["viewer"]["id"]);
    assert_eq!(list["count"]["value"], 3);
    let after = &list["pageInfo"]["endCursor"];
    let rest = page(&format!("first: 2, after: {after}")).await;
    assert_eq!(texts(&rest["apiTokens"]["nodes"], "name"), ["feed 0"]);
}

#[tokio::test]
async fn drafts_are_by_the_author_that_their_account_writes_as() {
    let newsroom = staffed().await;
    let quill = AuthorId(newsroom.author("Ada Quill").await).to_string();
    let roe = AuthorId(newsroom.author("Ben Roe").await).to_string();
    let ada = ada(&newsroom).await;
    let id = asks(&newsroom, &ada, "{ viewer { id } }", Value::Null).await["viewer"]["id"].clone();
    let query = "mutation($id: ID!, $v: Int!, $input: AccountChange!) {
        accountUpdate(id: $id, expectedVersion: $v, input: $input) {
            account { name version author { name } } errors { code path } } }";
    let update = async |version: i64, input: Value| {
        let variables = json!({"id": id, "v": version, "input": input});
        asks(&newsroom, &ada, query, variables).await["accountUpdate"].clone()
    };
    let contributors = async |input: &str| {
        let query = format!(
            "mutation {{ articleDraftCreate(input: {input}) {{ article {{ contributors {{ role author {{ name }} }} }} }} }}"
        );
        let answer = asks(&newsroom, &ada, &query, Value::Null).await;
        answer["articleDraftCreate"]["article"]["contributors"].clone()
    };
    assert_eq!(contributors("{}").await, json!([]));
    let missing = update(1, json!({"author": "author_01h455vb4pex5vsknk084sn02q"})).await;
    assert_eq!(
        missing["errors"],
        json!([{"code": "DANGLING", "path": ["input", "author"]}])
    );
    let linked = update(1, json!({ "author": quill })).await;
    assert_eq!(
        linked["account"],
        json!({"name": "Ada", "version": 2, "author": {"name": "Ada Quill"}})
    );
    let viewer = "{ viewer { account { author { name } } } }";
    let viewer = asks(&newsroom, &ada, viewer, Value::Null).await;
    assert_eq!(viewer["viewer"]["account"]["author"]["name"], "Ada Quill");
    assert_eq!(
        contributors("{}").await,
        json!([{"role": "AUTHOR", "author": {"name": "Ada Quill"}}])
    );
    let named = format!("{{authors: [{{author: \"{roe}\", role: AUTHOR}}]}}");
    let named = contributors(&named).await;
    assert_eq!(named[0]["author"]["name"], "Ben Roe");
    assert_eq!(contributors("{authors: null}").await, json!([]));
    let cleared = update(2, json!({"name": "Ada Q", "author": null})).await;
    assert_eq!(
        cleared["account"],
        json!({"name": "Ada Q", "version": 3, "author": null})
    );
    assert_eq!(contributors("{}").await, json!([]));
}

#[tokio::test]
async fn whoever_ends_the_sessions_of_an_account_has_seen_it_as_it_is() {
    let newsroom = staffed().await;
    let ada = ada(&newsroom).await;
    let id = asks(&newsroom, &ada, "{ viewer { id } }", Value::Null).await["viewer"]["id"].clone();
    let query = "mutation($id: ID!, $v: Int!) { accountSignOut(id: $id, expectedVersion: $v) {
        account { version } errors { code ... on VersionConflict { currentVersion } } } }";
    let stale = asks(&newsroom, &ada, query, json!({"id": id, "v": 7})).await;
    assert_eq!(
        stale["accountSignOut"]["errors"],
        json!([{"code": "VERSION_CONFLICT", "currentVersion": 1}])
    );
    let done = asks(&newsroom, &ada, query, json!({"id": id, "v": 1})).await;
    assert_eq!(
        done["accountSignOut"],
        json!({"account": {"version": 1}, "errors": []})
    );
    assert!(crate::signing_in::known(&newsroom, &ada).await.is_none());
}
