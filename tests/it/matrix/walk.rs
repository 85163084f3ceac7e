//! Walks the schema: a question for every field that can be reached, and for every value of every argument.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use async_graphql::{
    Positioned,
    parser::types::{
        BaseType, FieldDefinition, InputObjectType, InputValueDefinition, Type, TypeKind,
    },
};

use super::values::Values;
use crate::newsroom::sdl::{is_required, types};

/// A question, and what of the schema it is there for.
pub struct Question {
    /// The field, or the field with one argument: `Query.articles(where.kind.in)`.
    pub about: String,
    /// The query.
    pub text: String,
}

/// The schema as a graph.
pub struct Walk<'a> {
    types: BTreeMap<String, TypeKind>,
    routes: BTreeMap<String, Vec<String>>,
    values: &'a Values,
}

impl<'a> Walk<'a> {
    /// The graph below a root.
    pub fn from(root: &str, values: &'a Values) -> Self {
        let mut walk = Self {
            types: types(),
            routes: BTreeMap::from([(root.to_owned(), Vec::new())]),
            values,
        };
        let mut queue = VecDeque::from([root.to_owned()]);
        while let Some(name) = queue.pop_front() {
            let route = walk.routes[&name].clone();
            let steps: Vec<(String, String)> = (walk.fields(&name).iter())
                .map(|field| {
                    let step = format!(
                        "{name}__{0}: {0}{1}",
                        field.name.node,
                        walk.plainly(&name, field)
                    );
                    (named(&field.ty.node), step)
                })
                .chain(walk.members(&name).into_iter().map(|member| {
                    let step = format!("... on {member}");
                    (member, step)
                }))
                .collect();
            for (target, step) in steps {
                if walk.is_leaf(&target) || walk.routes.contains_key(&target) {
                    continue;
                }
                let longer = route.iter().cloned().chain([step]).collect();
                walk.routes.insert(target.clone(), longer);
                queue.push_back(target);
            }
        }
        walk
    }

    /// Every field of every type that can be reached, as `Type.field`.
    pub fn all_fields(&self) -> BTreeSet<String> {
        (self.routes.keys())
            .flat_map(|name| {
                let fields = self.fields(name);
                fields
                    .into_iter()
                    .map(move |field| format!("{name}.{}", field.name.node))
            })
            .collect()
    }

    /// Every argument and every field of every input that can be reached, as `Type.field(argument)` or `Input.field`.
    pub fn all_arguments(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for name in self.routes.keys() {
            for field in self.fields(name) {
                for argument in &field.arguments {
                    let place = format!("{name}.{}({})", field.name.node, argument.node.name.node);
                    self.note_inputs(&argument.node.ty.node, &mut found);
                    found.insert(place);
                }
            }
        }
        found
    }

    fn note_inputs(&self, ty: &Type, found: &mut BTreeSet<String>) {
        let name = named(ty);
        if let Some(TypeKind::InputObject(input)) = self.types.get(&name) {
            for field in &input.fields {
                if found.insert(format!("{name}.{}", field.node.name.node)) {
                    self.note_inputs(&field.node.ty.node, found);
                }
            }
        }
    }

    /// A question for every field, and one for every value of every argument of it.
    pub fn questions(&self) -> Vec<Question> {
        let mut questions = Vec::new();
        for (name, route) in &self.routes {
            for field in self.fields(name) {
                let place = format!("{name}.{}", field.name.node);
                let plain = self.plainly(name, &field);
                questions.push(self.question(place.clone(), route, name, &field, &plain));
                for argument in &field.arguments {
                    let argument = &argument.node;
                    let about = format!("{place}({})", argument.name.node);
                    for (inputs, value) in self.values_of(&about, &argument.ty.node, 0) {
                        let given = self.with(name, &field, argument, &value);
                        let about = format!("{about} {}", inputs.join(" "));
                        questions.push(self.question(about, route, name, &field, &given));
                    }
                }
            }
        }
        questions
    }

    fn question(
        &self,
        about: String,
        route: &[String],
        parent: &str,
        field: &FieldDefinition,
        arguments: &str,
    ) -> Question {
        let root = if self.routes.get("Mutation").is_some_and(Vec::is_empty) {
            "mutation"
        } else {
            "query"
        };
        let steps: Vec<String> = route.iter().map(|step| format!(" {{ {step}")).collect();
        let before = steps.concat();
        let after = " }".repeat(route.len() + 1);
        let selection = self.selection(&named(&field.ty.node), 2);
        let text = format!(
            "{root}{before} {{ {parent}__{0}: {0}{arguments}{selection}{after}",
            field.name.node
        );
        Question { about, text }
    }

    /// Everything that a type shows without being asked for anything in particular, so many levels deep.
    fn selection(&self, name: &str, depth: usize) -> String {
        if self.is_leaf(name) {
            return String::new();
        }
        let mut parts = vec!["__typename".to_owned()];
        for field in self.fields(name) {
            let target = named(&field.ty.node);
            if field
                .arguments
                .iter()
                .any(|argument| is_required(&argument.node))
                || (depth == 0 && !self.is_leaf(&target))
            {
                continue;
            }
            let below = self.selection(&target, depth.saturating_sub(1));
            parts.push(format!("{name}__{0}: {0}{below}", field.name.node));
        }
        for member in self.members(name) {
            parts.push(format!("... on {member}{}", self.selection(&member, depth)));
        }
        format!(" {{ {} }}", parts.join(" "))
    }

    /// The arguments of a field that it cannot do without, and small pages.
    fn plainly(&self, parent: &str, field: &FieldDefinition) -> String {
        let given: Vec<String> = (field.arguments.iter())
            .filter_map(|argument| self.plain_argument(parent, field, &argument.node))
            .collect();
        in_brackets(&given)
    }

    fn plain_argument(
        &self,
        parent: &str,
        field: &FieldDefinition,
        argument: &InputValueDefinition,
    ) -> Option<String> {
        let name = &argument.name.node;
        let place = format!("{parent}.{}({name})", field.name.node);
        if is_required(argument) {
            let values = self.values_of(&place, &argument.ty.node, 0);
            return Some(format!("{name}: {}", values[0].1));
        }
        (name == "first" && named(&field.ty.node).ends_with("Connection"))
            .then(|| "first: 10".to_owned())
    }

    /// The same arguments with a value for one of them.
    fn with(
        &self,
        parent: &str,
        field: &FieldDefinition,
        wanted: &InputValueDefinition,
        value: &str,
    ) -> String {
        let name = wanted.name.node.as_str();
        let given: Vec<String> = (field.arguments.iter())
            .filter_map(|argument| {
                let other = argument.node.name.node.as_str();
                if other == name {
                    Some(format!("{name}: {value}"))
                } else if name == "last" && other == "first" {
                    None
                } else {
                    self.plain_argument(parent, field, &argument.node)
                }
            })
            .collect();
        in_brackets(&given)
    }

    /// The values to try, each with the fields of inputs that it uses; the first of them is a good one.
    fn values_of(&self, place: &str, ty: &Type, depth: usize) -> Vec<(Vec<String>, String)> {
        let name = match &ty.base {
            BaseType::List(inner) => {
                let each = self.values_of(place, inner, depth);
                let all: Vec<String> = each
                    .iter()
                    .map(|(_, value)| value.clone())
                    .take(90)
                    .collect();
                let mut lists: Vec<_> = each
                    .into_iter()
                    .map(|(inputs, value)| (inputs, format!("[{value}]")))
                    .collect();
                lists.push((Vec::new(), format!("[{}]", all.join(", "))));
                lists.push((Vec::new(), "[]".to_owned()));
                return lists;
            }
            BaseType::Named(name) => name.as_str(),
        };
        match self.types.get(name) {
            Some(TypeKind::Enum(values)) => (values.values.iter())
                .map(|value| (Vec::new(), value.node.value.node.to_string()))
                .collect(),
            Some(TypeKind::InputObject(input)) => self.inputs_of(place, name, input, depth),
            _ => (self.values.of(place, name).into_iter())
                .map(|value| (Vec::new(), value))
                .collect(),
        }
    }

    fn inputs_of(
        &self,
        place: &str,
        name: &str,
        input: &InputObjectType,
        depth: usize,
    ) -> Vec<(Vec<String>, String)> {
        // A condition may hold conditions of its kind: one level of them, with one value for each field.
        if depth > 6 {
            return vec![(Vec::new(), "{}".to_owned())];
        }
        let is_one_of = name.ends_with("By");
        let mut values = Vec::new();
        for field in &input.fields {
            let field = &field.node;
            let coordinate = format!("{name}.{}", field.name.node);
            let below = if named(&field.ty.node) == name {
                depth + 5
            } else {
                depth + 1
            };
            let mut tried = self.values_of(&coordinate, &field.ty.node, below);
            if depth >= 5 {
                tried.truncate(1);
            }
            for (inputs, value) in tried {
                let others = input
                    .fields
                    .iter()
                    .map(|other| &other.node)
                    .filter(|other| {
                        !is_one_of && other.name.node != field.name.node && is_required(other)
                    });
                let rest: Vec<String> = others
                    .map(|other| {
                        let place = format!("{name}.{}", other.name.node);
                        let value = &self.values_of(&place, &other.ty.node, depth + 1)[0].1;
                        format!(", {}: {value}", other.name.node)
                    })
                    .collect();
                let mut used = vec![coordinate.clone()];
                used.extend(inputs);
                values.push((
                    used,
                    format!("{{{}: {value}{}}}", field.name.node, rest.concat()),
                ));
            }
        }
        assert!(
            !values.is_empty(),
            "{place} takes {name}, which has no fields"
        );
        values
    }

    fn fields(&self, name: &str) -> Vec<FieldDefinition> {
        let fields: &[Positioned<FieldDefinition>] = match self.types.get(name) {
            Some(TypeKind::Object(object)) => &object.fields,
            Some(TypeKind::Interface(interface)) => &interface.fields,
            _ => &[],
        };
        fields.iter().map(|field| field.node.clone()).collect()
    }

    /// The types that stand behind an interface or union.
    fn members(&self, name: &str) -> Vec<String> {
        match self.types.get(name) {
            Some(TypeKind::Union(union)) => union
                .members
                .iter()
                .map(|member| member.node.to_string())
                .collect(),
            Some(TypeKind::Interface(_)) => (self.types.iter())
                .filter(|(_, kind)| match kind {
                    TypeKind::Object(object) => object
                        .implements
                        .iter()
                        .any(|one| one.node.as_str() == name),
                    _ => false,
                })
                .map(|(member, _)| member.clone())
                .collect(),
            _ => Vec::new(),
        }
    }

    fn is_leaf(&self, name: &str) -> bool {
        matches!(
            self.types.get(name),
            None | Some(TypeKind::Scalar | TypeKind::Enum(_))
        )
    }
}

fn named(ty: &Type) -> String {
    match &ty.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(inner) => named(inner),
    }
}

fn in_brackets(given: &[String]) -> String {
    if given.is_empty() {
        String::new()
    } else {
        format!("({})", given.join(", "))
    }
}
