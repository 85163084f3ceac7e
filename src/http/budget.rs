//! What a document may cost, measured before anything expensive looks at it.
//!
//! Fragments let a kilobyte of text stand for millions of selections, and validation walks every one of them,
//! so the sizes are added up here from each fragment's own size, which is computed once.
//! This module never follows a fragment twice and never reads the schema.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned,
    parser::types::{
        Directive, ExecutableDocument, Field, FragmentDefinition, FragmentSpread, Selection,
        SelectionSet,
    },
};

use super::{
    glance::NESTING,
    limits::Limits,
    nul,
    refusal::{Refusal, within},
};

/// Refuses a parsed document that expands to too much, nests too deeply, uses a directive that does not exist
/// or holds a NUL.
///
/// # Errors
///
/// When a limit is passed, a fragment spreads itself, a directive is unknown or misplaced, or a text holds a NUL.
pub fn check_document(document: &ExecutableDocument, limits: &Limits) -> Result<(), Refusal> {
    let mut budget = Budget {
        document,
        limits,
        fragments: HashMap::new(),
        aliases: 0,
        directives: 0,
    };
    let mut selections = 0_u64;
    for (_, operation) in document.operations.iter() {
        let operation = &operation.node;
        budget.check_directives(&operation.directives, false)?;
        for variable in &operation.variable_definitions {
            budget.check_directives(&variable.node.directives, false)?;
            if let Some(value) = &variable.node.default_value {
                let what = format!("the default of the variable ${}", variable.node.name.node);
                nul::check_value(&value.node, &what, vec![value.pos])?;
            }
        }
        let size = budget.size_of(&operation.selection_set.node, 1)?;
        selections = selections.saturating_add(size.selections);
        within("selections", SELECTIONS, selections, limits.selections)?;
        within(
            "root_fields",
            "root fields",
            size.root_fields,
            limits.root_fields,
        )?;
        within("depth", "levels of fields", size.depth, limits.depth)?;
    }
    // Validation also visits fragments that no operation spreads.
    for (name, fragment) in &document.fragments {
        let size = budget.size_of_fragment(name, fragment, 1)?;
        within("selections", SELECTIONS, size.selections, limits.selections)?;
    }
    within("aliases", "aliases", budget.aliases, limits.aliases)?;
    within(
        "directives",
        "directives",
        budget.directives,
        limits.directives,
    )
}

const SELECTIONS: &str = "selections with its fragments expanded";

/// The lists through which introspection can go from type to type and multiply its answer.
const INTROSPECTION_LISTS: [&str; 4] = ["fields", "interfaces", "possibleTypes", "inputFields"];

/// What a selection set stands for once its fragments are expanded.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    selections: u64,
    root_fields: u64,
    depth: u64,
    /// How many of the introspection lists lie within each other.
    introspection_lists: u64,
    /// How deep sets and fragments lie within each other.
    nesting: u64,
}

impl Size {
    fn add(&mut self, other: Self) {
        self.selections = self.selections.saturating_add(other.selections);
        self.root_fields = self.root_fields.saturating_add(other.root_fields);
        self.depth = self.depth.max(other.depth);
        self.introspection_lists = self.introspection_lists.max(other.introspection_lists);
        self.nesting = self.nesting.max(other.nesting);
    }
}

enum Measured {
    /// Its size is being computed: to meet it again means that it spreads itself.
    Open,
    Done(Size),
}

struct Budget<'a> {
    document: &'a ExecutableDocument,
    limits: &'a Limits,
    fragments: HashMap<&'a str, Measured>,
    aliases: u64,
    directives: u64,
}

impl<'a> Budget<'a> {
    /// `level` bounds the recursion itself; `Size::nesting` bounds what is remembered of fragments.
    fn size_of(&mut self, set: &'a SelectionSet, level: u64) -> Result<Size, Refusal> {
        within("nesting", NESTING, level, self.limits.nesting)?;
        let mut size = Size::default();
        for item in &set.items {
            self.check_directives(item.node.directives(), true)?;
            size.add(match &item.node {
                Selection::Field(field) => self.size_of_field(&field.node, level)?,
                Selection::InlineFragment(inline) => {
                    let mut inner = self.size_of(&inline.node.selection_set.node, level + 1)?;
                    inner.selections = inner.selections.saturating_add(1);
                    inner
                }
                Selection::FragmentSpread(spread) => self.size_of_spread(&spread.node, level)?,
            });
        }
        size.nesting += 1;
        within(
            "nesting",
            NESTING,
            level - 1 + size.nesting,
            self.limits.nesting,
        )?;
        Ok(size)
    }

    fn size_of_field(&mut self, field: &'a Field, level: u64) -> Result<Size, Refusal> {
        if field.alias.is_some() {
            self.aliases += 1;
        }
        for (name, value) in &field.arguments {
            // What is given for a variable is looked at on its own.
            let written = |_| Ok::<_, Refusal>(async_graphql::Value::Null);
            let value_written = value.node.clone().into_const_with(written)?;
            let what = format!("the argument \"{}\"", name.node);
            nul::check_value(&value_written, &what, vec![value.pos])?;
        }
        let mut size = if field.selection_set.node.items.is_empty() {
            Size::default()
        } else {
            self.size_of(&field.selection_set.node, level + 1)?
        };
        let name = field.name.node.as_str();
        if INTROSPECTION_LISTS.contains(&name) {
            size.introspection_lists += 1;
        }
        if matches!(name, "__schema" | "__type") {
            within(
                "introspection_lists",
                "lists within lists of introspection",
                size.introspection_lists,
                self.limits.introspection_lists,
            )?;
            size.depth = 0;
        }
        size.depth += 1;
        size.selections = size.selections.saturating_add(1);
        size.root_fields = 1;
        Ok(size)
    }

    fn size_of_spread(&mut self, spread: &FragmentSpread, level: u64) -> Result<Size, Refusal> {
        let document = self.document;
        let name = spread.fragment_name.node.as_str();
        // A fragment that does not exist is for the validator to name.
        let Some((name, fragment)) = document.fragments.get_key_value(name) else {
            return Ok(Size::default());
        };
        let mut size = self.size_of_fragment(name, fragment, level + 1)?;
        size.selections = size.selections.saturating_add(1);
        Ok(size)
    }

    fn size_of_fragment(
        &mut self,
        name: &'a Name,
        fragment: &'a Positioned<FragmentDefinition>,
        level: u64,
    ) -> Result<Size, Refusal> {
        match self.fragments.get(name.as_str()) {
            Some(Measured::Done(size)) => return Ok(*size),
            Some(Measured::Open) => {
                return Err(Refusal::invalid(
                    format!("Cannot spread fragment \"{name}\" within itself."),
                    vec![fragment.pos],
                ));
            }
            None => {}
        }
        self.fragments.insert(name.as_str(), Measured::Open);
        self.check_directives(&fragment.node.directives, false)?;
        let size = self.size_of(&fragment.node.selection_set.node, level)?;
        self.fragments.insert(name.as_str(), Measured::Done(size));
        Ok(size)
    }

    /// async-graphql lets unknown directives pass, so a misspelt `@skip` would show what should be hidden.
    fn check_directives(
        &mut self,
        directives: &[Positioned<Directive>],
        on_selection: bool,
    ) -> Result<(), Refusal> {
        self.directives += directives.len() as u64;
        for directive in directives {
            let name = directive.node.name.node.as_str();
            let problem = match name {
                "skip" | "include" if on_selection => continue,
                "skip" | "include" | "deprecated" | "specifiedBy" | "oneOf" => {
                    format!("Directive \"@{name}\" may not be used here.")
                }
                _ => format!("Unknown directive \"@{name}\"."),
            };
            return Err(Refusal::invalid(problem, vec![directive.pos]));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fmt::Write,
        time::{Duration, Instant},
    };

    use async_graphql::parser::parse_query;

    use super::{super::glance::check_source, *};

    fn check(source: &str) -> Result<(), Refusal> {
        let limits = Limits::default();
        check_source(source, &limits)?;
        check_document(&parse_query(source).unwrap(), &limits)
    }

    fn passed_limit(source: &str) -> &'static str {
        check(source).unwrap_err().limit.unwrap().name
    }

    fn doubling_fragments(count: usize) -> String {
        let mut source = "{ ...f0 }".to_owned();
        for number in 0..count {
            let next = number + 1;
            write!(
                source,
                " fragment f{number} on Query {{ ...f{next} ...f{next} }}"
            )
            .unwrap();
        }
        write!(source, " fragment f{count} on Query {{ __typename }}").unwrap();
        source
    }

    #[test]
    fn exponential_fragments_are_refused_in_milliseconds() {
        let source = doubling_fragments(26);
        let begun = Instant::now();
        let refusal = check(&source).unwrap_err();
        assert!(begun.elapsed() < Duration::from_millis(100));
        let limit = refusal.limit.unwrap();
        assert_eq!(limit.name, "selections");
        assert!(limit.measured > 100_000_000);
    }

    #[test]
    fn exponential_fragments_that_nobody_spreads_are_refused_too() {
        let source = doubling_fragments(26).replacen("{ ...f0 }", "{ __typename }", 1);
        assert_eq!(passed_limit(&source), "selections");
    }

    #[test]
    fn a_fragment_within_itself_is_named() {
        let refusal = check("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }")
            .unwrap_err();
        assert_eq!(refusal.code, "GRAPHQL_VALIDATION_FAILED");
        assert!(refusal.message.contains("within itself"));
    }

    #[test]
    fn a_long_chain_of_fragments_is_refused_before_the_stack_ends() {
        let mut source = "{ ...f0 }".to_owned();
        for number in 0..1000 {
            write!(
                source,
                " fragment f{number} on Query {{ ...f{} }}",
                number + 1
            )
            .unwrap();
        }
        source.push_str(" fragment f1000 on Query { a }");
        assert_eq!(passed_limit(&source), "nesting");
    }

    #[test]
    fn a_field_below_the_depth_limit_passes_and_one_above_does_not() {
        let nested =
            |depth: usize| format!("{}a{}", "{a".repeat(depth - 1) + "{", "}".repeat(depth));
        assert_eq!(check(&nested(15)), Ok(()));
        assert_eq!(passed_limit(&nested(16)), "depth");
    }

    #[test]
    fn depth_is_followed_through_fragments() {
        let inner = "{a".repeat(10) + &"}".repeat(10);
        let source = format!("{{b{{b{{b{{b{{b{{b{{...f}}}}}}}}}}}}}} fragment f on T {inner}");
        assert_eq!(passed_limit(&source), "depth");
    }

    #[test]
    fn introspection_may_be_deep_but_not_multiply() {
        let of_type = "ofType{".repeat(10) + "name" + &"}".repeat(10);
        assert_eq!(
            check(&format!(
                "{{__schema{{types{{fields{{args{{type{{kind {of_type}}}}}}}}}}}}}"
            )),
            Ok(())
        );
        assert_eq!(
            passed_limit(
                "{__schema{types{fields{type{fields{type{fields{type{fields{name}}}}}}}}}}"
            ),
            "introspection_lists"
        );
    }

    #[test]
    fn aliases_directives_and_root_fields_have_their_own_limits() {
        let aliases: String = (0..51).fold(String::new(), |mut text, number| {
            write!(text, " a{number}: b").unwrap();
            text
        });
        assert_eq!(passed_limit(&format!("{{ c {{ {aliases} }} }}")), "aliases");
        let roots = "__typename ".repeat(21);
        assert_eq!(passed_limit(&format!("{{ {roots} }}")), "root_fields");
        let directives = "@skip(if: true) ".repeat(51);
        assert_eq!(passed_limit(&format!("{{ a {directives} }}")), "directives");
    }

    #[test]
    fn unknown_and_misplaced_directives_are_refused() {
        assert_eq!(check("{ a @skip(if: true) b @include(if: false) }"), Ok(()));
        let message = |source| check(source).unwrap_err().message;
        assert_eq!(
            message("{ a @skp(if: true) }"),
            "Unknown directive \"@skp\"."
        );
        assert_eq!(
            message("query @include(if: true) { a }"),
            "Directive \"@include\" may not be used here."
        );
        assert_eq!(
            message("query ($a: Int @nope) { a }"),
            "Unknown directive \"@nope\"."
        );
    }
}
