//! The rules of the house: the printed schema is current, everything in it is described, imports go down, and the
//! entities are the tables.

use std::{collections::BTreeMap, fs, path::Path};

use async_graphql::parser::{
    parse_schema,
    types::{TypeKind, TypeSystemDefinition},
};
use dateline::{
    access::audit,
    content::{article::entity, author, site, source, tag},
    events,
};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Iterable, Statement};

use crate::newsroom::Newsroom;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_schema_file_is_current() {
    let printed = fs::read_to_string(root().join("schema.graphql")).unwrap_or_default();
    assert!(
        printed == dateline::schema::print(),
        "schema.graphql is stale; run scripts/schema"
    );
}

#[test]
fn every_type_field_argument_and_enum_value_is_described() {
    let document = parse_schema(dateline::schema::print()).expect("the schema is readable");
    let mut silent = Vec::new();
    for definition in &document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let definition = &definition.node;
        let name = &definition.name.node;
        let mut described = |place: String, description: bool| {
            if !description {
                silent.push(place);
            }
        };
        described(name.to_string(), definition.description.is_some());
        let fields = match &definition.kind {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Interface(interface) => &interface.fields,
            TypeKind::Enum(values) => {
                for value in &values.values {
                    described(
                        format!("{name}.{}", value.node.value.node),
                        value.node.description.is_some(),
                    );
                }
                continue;
            }
            TypeKind::InputObject(input) => {
                for field in &input.fields {
                    described(
                        format!("{name}.{}", field.node.name.node),
                        field.node.description.is_some(),
                    );
                }
                continue;
            }
            _ => continue,
        };
        for field in fields {
            let field = &field.node;
            described(
                format!("{name}.{}", field.name.node),
                field.description.is_some(),
            );
            for argument in &field.arguments {
                described(
                    format!("{name}.{}({})", field.name.node, argument.node.name.node),
                    argument.node.description.is_some(),
                );
            }
        }
    }
    assert!(silent.is_empty(), "without a description: {silent:#?}");
}

/// The floors of the house, from the cellar up; those of one floor may use each other.
const FLOORS: &[&[&str]] = &[
    &["editorial", "platform"],
    &["access", "events"],
    &["graphql"],
    &["content"],
    &["schema", "importers", "jobs", "cache"],
    &["http"],
    &["cli"],
];

#[test]
fn imports_go_down() {
    let floor_of = |module: &str| FLOORS.iter().position(|floor| floor.contains(&module));
    let mut wrong = Vec::new();
    let mut files = Vec::new();
    collect(&root().join("src"), &mut files);
    for file in files {
        let relative = file
            .strip_prefix(root().join("src"))
            .expect("a file of src")
            .to_string_lossy()
            .replace('\\', "/");
        let module = relative
            .split(['/', '.'])
            .next()
            .expect("a name")
            .to_owned();
        let Some(floor) = floor_of(&module) else {
            continue;
        };
        for used in modules_used(&fs::read_to_string(&file).expect("a source file")) {
            if floor_of(&used).is_some_and(|other| other > floor) {
                wrong.push(format!("{relative} imports {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The top modules of this crate that a source file names, in `use crate::{…}` or by path.
fn modules_used(source: &str) -> Vec<String> {
    let mut used = Vec::new();
    for (index, _) in source.match_indices("crate::") {
        let rest = &source[index + "crate::".len()..];
        if source[..index].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut name = String::new();
            let mut takes_name = true;
            for character in group.chars() {
                match character {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        used.push(std::mem::take(&mut name));
                        takes_name = true;
                    }
                    _ if depth > 0 => {}
                    c if takes_name && (c.is_alphanumeric() || c == '_') => name.push(c),
                    c if c.is_whitespace() => {}
                    _ => takes_name = false,
                }
            }
            used.push(name);
        } else {
            used.push(
                rest.chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect(),
            );
        }
    }
    used.retain(|name| !name.is_empty());
    used
}

#[test]
fn the_rule_about_imports_reads_groups_and_paths() {
    let source =
        "use crate::{\n    content::{a, b},\n    http::x,\n};\nfn f() { crate::cli::run() }";
    assert_eq!(modules_used(source), ["content", "http", "cli"]);
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[tokio::test]
async fn the_entities_are_the_tables() {
    let newsroom = Newsroom::open().await;
    let db = newsroom.db.maintenance();
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT table_name AS t, column_name AS c, is_nullable = 'YES' AS n FROM information_schema.columns \
             WHERE table_schema = 'public'"
        }
        _ => {
            "SELECT m.name AS t, p.name AS c, p.\"notnull\" = 0 AS n FROM sqlite_master m, pragma_table_info(m.name) p \
             WHERE m.type = 'table'"
        }
    };
    let mut tables: BTreeMap<String, BTreeMap<String, bool>> = BTreeMap::new();
    for row in db
        .query_all_raw(Statement::from_string(backend, sql))
        .await
        .expect("the catalogue")
    {
        let table: String = row.try_get("", "t").expect("a table");
        tables.entry(table).or_default().insert(
            row.try_get("", "c").expect("a column"),
            row.try_get("", "n").expect("a flag"),
        );
    }
    agrees(entity::article::Entity, &tables);
    agrees(entity::revision::Entity, &tables);
    agrees(entity::draft::Entity, &tables);
    agrees(entity::announcement::Entity, &tables);
    agrees(audit::entity::Entity, &tables);
    agrees(entity::path::Entity, &tables);
    agrees(entity::published_article::Entity, &tables);
    agrees(entity::published_detail::Entity, &tables);
    agrees(entity::citation::Entity, &tables);
    agrees(author::entity::Entity, &tables);
    agrees(tag::entity::Entity, &tables);
    agrees(source::entity::Entity, &tables);
    agrees(site::entity::Entity, &tables);
    agrees(events::entity::Entity, &tables);
}

fn agrees<E: EntityTrait>(entity: E, tables: &BTreeMap<String, BTreeMap<String, bool>>) {
    use sea_orm::ColumnTrait;
    let table = tables
        .get(entity.table_name())
        .unwrap_or_else(|| panic!("no table {}", entity.table_name()));
    let columns: BTreeMap<String, bool> = E::Column::iter()
        .map(|column| (column.as_str().to_owned(), column.def().is_null()))
        .collect();
    assert_eq!(&columns, table, "{}", entity.table_name());
}

#[tokio::test]
async fn migrations_can_be_taken_back_and_run_again() {
    use dateline::content::migrations;
    let newsroom = Newsroom::open().await;
    let count = migrations::status(&newsroom.db)
        .await
        .expect("a status")
        .len();
    migrations::down(&newsroom.db, u32::try_from(count).expect("few"))
        .await
        .expect("down");
    assert!(
        migrations::status(&newsroom.db)
            .await
            .expect("a status")
            .iter()
            .all(|(_, applied)| !applied)
    );
    migrations::up(&newsroom.db).await.expect("up");
    assert!(
        migrations::status(&newsroom.db)
            .await
            .expect("a status")
            .iter()
            .all(|(_, applied)| *applied)
    );
    let story = newsroom.editor().publishes("Harbour reopens").await;
    newsroom.reader().sees(&story).await;
}

#[tokio::test]
async fn every_command_that_writes_is_in_the_change_log() {
    let newsroom = Newsroom::open().await;
    newsroom.is_called("The Harbour Gazette").await;
    let story = newsroom.editor().publishes("Harbour reopens").await;
    newsroom.editor().withdraws(&story).await;
    let changes = events::after(&newsroom.db, 0, 100).await.expect("the log");
    let kinds: Vec<String> = changes
        .iter()
        .map(|change| format!("{:?} {:?}", change.news.kind, change.news.subject_kind))
        .collect();
    assert_eq!(
        kinds,
        [
            "Published Site",
            "Published Author",
            "Published Tag",
            "Published Source",
            "Published Article",
            "Withdrawn Article"
        ]
    );
}
