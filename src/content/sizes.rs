//! How much memory it takes to resolve a field.
//!
//! Each field of each item of a list is a future in a box of its own, as large as the largest of its type's fields. One
//! that reads the database in place would make all of them large.

use async_graphql::{Context, resolver_utils::ContainerType};

use super::{
    article::graphql::Article, author::graphql::Author, citation::graphql::Citation,
    search::graphql::SearchHit, source::graphql::Source, tag::graphql::Tag,
};

/// The most that resolving a field of an item may take, in bytes.
const MOST: usize = 1_024;

/// The size of what a function gives back, without calling it.
fn size_of_what<'a, T: 'a, F>(_: impl FnOnce(&'a T, &'a Context<'a>) -> F) -> usize {
    size_of::<F>()
}

#[test]
fn the_fields_of_items_take_little_memory() {
    for (name, size) in [
        (
            "Article",
            size_of_what(|item: &Article, ctx| item.resolve_field(ctx)),
        ),
        (
            "Author",
            size_of_what(|item: &Author, ctx| item.resolve_field(ctx)),
        ),
        (
            "Citation",
            size_of_what(|item: &Citation, ctx| item.resolve_field(ctx)),
        ),
        (
            "SearchHit",
            size_of_what(|item: &SearchHit, ctx| item.resolve_field(ctx)),
        ),
        (
            "Source",
            size_of_what(|item: &Source, ctx| item.resolve_field(ctx)),
        ),
        (
            "Tag",
            size_of_what(|item: &Tag, ctx| item.resolve_field(ctx)),
        ),
    ] {
        assert!(size <= MOST, "a field of {name} takes {size} bytes");
    }
}
