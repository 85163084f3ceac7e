//! Whether the fields of a document that share a response name can be merged into one.
//!
//! async-graphql compares only fields of one written selection set, so `{ article(by: …) { x: id } article(by: …) { x: headline } }`
//! would answer with one of the two; this is the full rule of the specification, "Field Selection Merging".
//! Types come from the printed schema; a type that is not in it only makes the rule milder.
//! This module never runs before the document's expanded size is known to be small.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Positioned,
    parser::{
        parse_schema,
        types::{
            BaseType, ExecutableDocument, Field, OperationType, Selection, SelectionSet, Type,
            TypeKind, TypeSystemDefinition,
        },
    },
};

use super::{limits::Limits, refusal::Refusal};

/// What the rule needs to know of a schema: which types are objects, and the types of all fields.
#[derive(Debug, Default)]
pub struct Outline {
    types: HashMap<String, TypeOutline>,
    query: Option<String>,
    mutation: Option<String>,
    subscription: Option<String>,
}

#[derive(Debug)]
struct TypeOutline {
    /// Only fields of different objects can never meet in one answer.
    is_object: bool,
    fields: HashMap<String, Type>,
}

impl Outline {
    /// Reads the printed schema.
    ///
    /// # Errors
    ///
    /// When it is not valid SDL; the default outline then still finds conflicts within one type.
    pub fn read(sdl: &str) -> Result<Self, async_graphql::parser::Error> {
        let mut outline = Self {
            query: Some("Query".to_owned()),
            mutation: Some("Mutation".to_owned()),
            subscription: Some("Subscription".to_owned()),
            ..Self::default()
        };
        for definition in parse_schema(sdl)?.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => {
                    let name = |name: Option<Positioned<async_graphql::Name>>| {
                        name.map(|name| name.node.to_string())
                    };
                    outline.query = name(schema.node.query);
                    outline.mutation = name(schema.node.mutation);
                    outline.subscription = name(schema.node.subscription);
                }
                TypeSystemDefinition::Type(definition) => {
                    let (is_object, fields) = match definition.node.kind {
                        TypeKind::Object(object) => (true, object.fields),
                        TypeKind::Interface(interface) => (false, interface.fields),
                        TypeKind::Union(_) => (false, Vec::new()),
                        TypeKind::Scalar | TypeKind::Enum(_) | TypeKind::InputObject(_) => continue,
                    };
                    let known = outline
                        .types
                        .entry(definition.node.name.node.to_string())
                        .or_insert_with(|| TypeOutline {
                            is_object,
                            fields: HashMap::new(),
                        });
                    known.fields.extend(
                        fields
                            .into_iter()
                            .map(|field| (field.node.name.node.to_string(), field.node.ty.node)),
                    );
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        Ok(outline)
    }

    fn root(&self, kind: OperationType) -> Option<&str> {
        match kind {
            OperationType::Query => self.query.as_deref(),
            OperationType::Mutation => self.mutation.as_deref(),
            OperationType::Subscription => self.subscription.as_deref(),
        }
    }

    fn field(&self, parent: Option<&str>, name: &str) -> Option<&Type> {
        self.types.get(parent?)?.fields.get(name)
    }

    fn is_object(&self, name: &str) -> bool {
        self.types.get(name).is_none_or(|known| known.is_object)
    }

    fn is_composite(&self, name: &str) -> bool {
        self.types.contains_key(name)
    }
}

/// Refuses a document in which two fields would have to share one place in the answer.
///
/// # Errors
///
/// When fields conflict, or when finding out would take too many steps.
pub fn check_overlaps(
    document: &ExecutableDocument,
    outline: &Outline,
    limits: &Limits,
) -> Result<(), Refusal> {
    let mut merging = Merging {
        document,
        outline,
        steps: 0,
        allowed_steps: limits.selections.saturating_mul(8),
    };
    for (_, operation) in document.operations.iter() {
        let root = outline.root(operation.node.ty);
        merging.merge(&[(root, &operation.node.selection_set.node)], Rule::Full)?;
    }
    Ok(())
}

/// How much two fields of one name must have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// The same field with the same arguments.
    Full,
    /// Only a type of the same shape, as they belong to different objects.
    Shape,
}

/// A selection set and the name of the type it selects from, where that is known.
type Set<'a> = (Option<&'a str>, &'a SelectionSet);

#[derive(Clone, Copy)]
struct Selected<'a> {
    parent: Option<&'a str>,
    field: &'a Positioned<Field>,
}

struct Merging<'a> {
    document: &'a ExecutableDocument,
    outline: &'a Outline,
    steps: usize,
    allowed_steps: usize,
}

impl<'a> Merging<'a> {
    fn merge(&mut self, sets: &[Set<'a>], rule: Rule) -> Result<(), Refusal> {
        let mut fields = Fields::default();
        for set in sets {
            self.collect(*set, &mut fields)?;
        }
        for group in fields.groups {
            if group.len() > 1 && rule == Rule::Full {
                self.check_group(&group)?;
            } else {
                self.merge_children(&group, rule)?;
            }
            self.check_shapes(&group)?;
        }
        Ok(())
    }

    /// Fields of one object must agree with each other, and with those of interfaces and unions it may belong to.
    fn check_group(&mut self, group: &[Selected<'a>]) -> Result<(), Refusal> {
        let object_of = |selected: &Selected<'a>| {
            selected
                .parent
                .filter(|parent| self.outline.is_object(parent))
        };
        let shared: Vec<Selected<'a>> = group
            .iter()
            .filter(|selected| object_of(selected).is_none())
            .copied()
            .collect();
        let mut by_object: Vec<(&str, Vec<Selected<'a>>)> = Vec::new();
        for selected in group {
            let Some(object) = object_of(selected) else {
                continue;
            };
            if let Some((_, fields)) = by_object.iter_mut().find(|(name, _)| *name == object) {
                fields.push(*selected);
            } else {
                let mut fields = shared.clone();
                fields.push(*selected);
                by_object.push((object, fields));
            }
        }
        if by_object.is_empty() {
            by_object.push(("", shared));
        }
        for (_, fields) in &by_object {
            if let [first, others @ ..] = fields.as_slice() {
                for other in others {
                    check_same(first.field, other.field)?;
                }
            }
            self.merge_children(fields, Rule::Full)?;
        }
        if by_object.len() > 1 {
            self.merge_children(group, Rule::Shape)?;
        }
        Ok(())
    }

    fn merge_children(&mut self, group: &[Selected<'a>], rule: Rule) -> Result<(), Refusal> {
        let children: Vec<Set<'a>> = group
            .iter()
            .filter(|selected| !selected.field.node.selection_set.node.items.is_empty())
            .map(|selected| {
                let field = &selected.field.node;
                let parent = self
                    .outline
                    .field(selected.parent, &field.name.node)
                    .map(base_name);
                (parent, &field.selection_set.node)
            })
            .collect();
        if children.is_empty() {
            return Ok(());
        }
        self.merge(&children, rule)
    }

    fn check_shapes(&self, group: &[Selected<'a>]) -> Result<(), Refusal> {
        let mut known = group.iter().filter_map(|selected| {
            let field_type = self
                .outline
                .field(selected.parent, &selected.field.node.name.node)?;
            Some((selected.field, field_type))
        });
        let Some((first, first_type)) = known.next() else {
            return Ok(());
        };
        for (other, other_type) in known {
            if !self.same_shape(first_type, other_type) {
                return Err(conflict(
                    first,
                    other,
                    &format!("they return conflicting types \"{first_type}\" and \"{other_type}\""),
                ));
            }
        }
        Ok(())
    }

    fn same_shape(&self, one: &Type, other: &Type) -> bool {
        if one.nullable != other.nullable {
            return false;
        }
        match (&one.base, &other.base) {
            (BaseType::List(one), BaseType::List(other)) => self.same_shape(one, other),
            (BaseType::Named(one), BaseType::Named(other)) => {
                one == other || (self.outline.is_composite(one) && self.outline.is_composite(other))
            }
            _ => false,
        }
    }

    fn collect(&mut self, (parent, set): Set<'a>, fields: &mut Fields<'a>) -> Result<(), Refusal> {
        for item in &set.items {
            self.steps += 1;
            if self.steps > self.allowed_steps {
                return Err(Refusal::over(
                    "selections",
                    "selections to compare",
                    self.steps as u64,
                    self.allowed_steps,
                ));
            }
            match &item.node {
                Selection::Field(field) => fields.push(Selected { parent, field }),
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let parent = condition.map_or(parent, |on| Some(on.node.on.node.as_str()));
                    self.collect((parent, &inline.node.selection_set.node), fields)?;
                }
                Selection::FragmentSpread(spread) => {
                    let document = self.document;
                    let name = spread.node.fragment_name.node.as_str();
                    let Some(fragment) = document.fragments.get(name) else {
                        continue;
                    };
                    // Its fields have the same parent wherever it is spread, so once is enough.
                    if fields.spread.insert(name) {
                        let parent = Some(fragment.node.type_condition.node.on.node.as_str());
                        self.collect((parent, &fragment.node.selection_set.node), fields)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The fields of merged selection sets, grouped by the name they have in the answer.
#[derive(Default)]
struct Fields<'a> {
    groups: Vec<Vec<Selected<'a>>>,
    places: HashMap<&'a str, usize>,
    spread: HashSet<&'a str>,
}

impl<'a> Fields<'a> {
    fn push(&mut self, selected: Selected<'a>) {
        let name = selected.field.node.response_key().node.as_str();
        let place = *self.places.entry(name).or_insert(self.groups.len());
        match self.groups.get_mut(place) {
            Some(group) => group.push(selected),
            None => self.groups.push(vec![selected]),
        }
    }
}

fn base_name(field_type: &Type) -> &str {
    match &field_type.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => base_name(inner),
    }
}

fn check_same(one: &Positioned<Field>, other: &Positioned<Field>) -> Result<(), Refusal> {
    let (first, second) = (&one.node, &other.node);
    if first.name.node != second.name.node {
        let reason = format!(
            "\"{}\" and \"{}\" are different fields",
            first.name.node, second.name.node
        );
        return Err(conflict(one, other, &reason));
    }
    let same_arguments = first.arguments.len() == second.arguments.len()
        && first.arguments.iter().all(|(name, value)| {
            second
                .get_argument(&name.node)
                .is_some_and(|other| other.node == value.node)
        });
    if !same_arguments {
        return Err(conflict(one, other, "they have differing arguments"));
    }
    Ok(())
}

fn conflict(one: &Positioned<Field>, other: &Positioned<Field>, reason: &str) -> Refusal {
    Refusal::invalid(
        format!(
            "Fields \"{}\" conflict because {reason}. Use different aliases on the fields to fetch both if this was intentional.",
            one.node.response_key().node
        ),
        vec![one.pos, other.pos],
    )
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    const SDL: &str = "
        type Query { article(id: ID!): Article node(id: ID!): Node search: Found }
        interface Node { id: ID! }
        type Article implements Node { id: ID! headline: String! words: Int! author: Author! tags: [Tag!]! }
        type Author implements Node { id: ID! name: String! bio: String tags: [Tag!]! }
        type Tag { name: String! slug: String! }
        union Found = Article | Author
    ";

    fn check(source: &str) -> Result<(), String> {
        check_overlaps(
            &parse_query(source).unwrap(),
            &Outline::read(SDL).unwrap(),
            &Limits::default(),
        )
        .map_err(|refusal| refusal.message)
    }

    #[test]
    fn the_same_field_twice_is_one_field() {
        assert_eq!(
            check("{ article(id: 1) { id } article(id: 1) { id headline } }"),
            Ok(())
        );
    }

    #[test]
    fn two_fields_under_one_name_conflict() {
        let message = check("{ article(id: 1) { x: id x: headline } }").unwrap_err();
        assert!(message.contains("\"id\" and \"headline\" are different fields"));
    }

    #[test]
    fn fields_of_merged_parents_conflict() {
        assert!(check("{ article(id: 1) { x: id } article(id: 1) { x: headline } }").is_err());
        assert!(check("{ article(id: 1) { author { x: id } } ...f } fragment f on Query { article(id: 1) { author { x: name } } }").is_err());
    }

    #[test]
    fn differing_arguments_conflict() {
        let message = check("{ article(id: 1) { id } article(id: 2) { id } }").unwrap_err();
        assert!(message.contains("differing arguments"));
    }

    #[test]
    fn fields_of_different_objects_may_differ_in_all_but_shape() {
        assert_eq!(
            check("{ search { ... on Article { x: headline } ... on Author { x: name } } }"),
            Ok(())
        );
        assert!(
            check("{ search { ... on Article { x: headline } ... on Author { x: bio } } }")
                .is_err()
        );
        assert!(
            check("{ search { ... on Article { x: words } ... on Author { x: name } } }").is_err()
        );
        assert!(check("{ search { ... on Article { tags { x: name } } ... on Author { tags { x: slug } } } }").is_ok());
    }

    #[test]
    fn an_interface_conflicts_with_the_objects_behind_it() {
        assert!(check("{ node(id: 1) { x: id ... on Article { x: headline } } }").is_err());
        assert!(check("{ node(id: 1) { id ... on Article { id } } }").is_ok());
    }

    #[test]
    fn without_a_schema_conflicts_within_one_type_are_still_found() {
        let check = |source| {
            check_overlaps(
                &parse_query(source).unwrap(),
                &Outline::default(),
                &Limits::default(),
            )
        };
        assert!(check("{ a { x: b } a { x: c } }").is_err());
        assert!(check("{ a { ... on B { x: b } ... on C { x: c } } }").is_ok());
    }
}
