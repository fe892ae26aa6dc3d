//! Does everything that is named exist, and in which order are the resources made?

use std::collections::{BTreeMap, BTreeSet};

use crate::evaluate::{unresolved, unresolved_condition};
use crate::intrinsic::{PSEUDO_PARAMETERS, Reference, references};
use crate::resources::{Conditions, Declared, Resource};
use crate::suggest::cure;
use crate::{Diagnostic, Diagnostics, Node, ParameterValue, ResourceNode, SourceFile, Span};

/// The names of a template.
pub(crate) struct Names<'a> {
    pub(crate) source: &'a SourceFile,
    pub(crate) parameters: &'a [ParameterValue],
    pub(crate) conditions: Conditions<'a>,
    /// Every resource, and whether it is to be made.
    pub(crate) resources: BTreeMap<String, bool>,
}

/// Checks every name that `node` uses; those of branches that are not taken, too.
pub(crate) fn check_names(
    node: &Node,
    section: &str,
    is_active: bool,
    names: &Names<'_>,
    found: &mut Diagnostics,
) {
    references(node, None, &mut |reference, span| match reference {
        Reference::Name(name) => check_name(name, section, span, names, found),
        Reference::Attribute(resource, name) if !names.resources.contains_key(resource) => {
            let span = names.source.variable(span, &format!("{resource}.{name}"));
            let message =
                format!("Template error: instance of Fn::GetAtt references undefined resource {resource}");
            found.push(
                Diagnostic::error("unresolved-reference", message)
                    .at(span, format!("there is no resource {resource}"))
                    .cure(cure(resource, names.resources.keys().map(String::as_str), "resource")),
            );
        }
        Reference::Attribute(..) => {}
        Reference::Condition(name) => {
            if !names.conditions.declared.contains(name) {
                let known = names.conditions.values.keys().map(String::as_str);
                found.push(unresolved_condition(name, "in Fn::If", span, known));
            }
        }
    });
    if !is_active {
        return;
    }
    // What is taken must not need a resource whose condition does not hold.
    references(node, Some(names.conditions.values), &mut |reference, span| {
        let (Reference::Name(name) | Reference::Attribute(name, _)) = reference else { return };
        if names.resources.get(name) == Some(&false) {
            found.push(
                unresolved(name, section, span)
                    .at(span, format!("the condition of {name} does not hold, so it is not made"))
                    .cure("name it inside an Fn::If of the same condition"),
            );
        }
    });
}

fn check_name(name: &str, section: &str, span: Span, names: &Names<'_>, found: &mut Diagnostics) {
    let parameters = names.parameters.iter().map(|parameter| parameter.name.as_str());
    let known = PSEUDO_PARAMETERS.iter().copied().chain(parameters);
    let known = known.chain(names.resources.keys().map(String::as_str)).collect::<Vec<_>>();
    if !known.contains(&name) && !found.is_full() {
        let span = names.source.variable(span, name);
        let near = crate::suggest::nearest(name, known.iter().copied());
        let mut diagnostic = unresolved(name, section, span);
        diagnostic.cure = Some(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name a parameter, a resource of this template or a pseudo parameter".to_owned(),
        });
        found.push(diagnostic);
    }
}

/// The active resources, each after those that it needs.
pub(crate) fn order(
    declared: Vec<Declared<Resource>>,
    names: &Names<'_>,
    found: &mut Diagnostics,
) -> Vec<ResourceNode> {
    let mut nodes = Vec::new();
    let mut needs = Vec::new();
    for Declared { item, is_active } in declared {
        for (name, span) in &item.depends_on {
            if !names.resources.contains_key(name) {
                let known = names.resources.keys().map(String::as_str);
                found.push(unresolved(name, "Resources", *span).cure(cure(name, known, "resource")));
            }
        }
        if is_active {
            needs.push(needed(&item, names));
            nodes.push(item.node);
        }
    }
    let position = nodes.iter().enumerate().map(|(at, node)| (node.logical_id.clone(), at)).collect();
    let mut walk = Walk {
        nodes: &nodes,
        needs: &needs,
        position,
        state: vec![State::New; nodes.len()],
        order: Vec::new(),
    };
    for at in 0..nodes.len() {
        walk.visit(at, &mut Vec::new(), names.source, found);
    }
    let order = walk.order;
    for (node, needs) in nodes.iter_mut().zip(&needs) {
        node.depends_on = needs.iter().map(|(name, _)| name.clone()).collect();
    }
    let mut nodes = nodes.into_iter().map(Some).collect::<Vec<_>>();
    order.into_iter().filter_map(|at| nodes[at].take()).collect()
}

/// The active resources that a resource needs, and where it says so first.
fn needed(resource: &Resource, names: &Names<'_>) -> Vec<(String, Span)> {
    let mut needs = BTreeMap::new();
    let mut note = |name: &str, span: Span| {
        if names.resources.get(name) == Some(&true) {
            needs.entry(name.to_owned()).or_insert(span);
        }
    };
    resource.depends_on.iter().for_each(|(name, span)| note(name, *span));
    let node = &resource.node;
    for part in std::iter::once(&node.properties).chain(&node.metadata) {
        references(part, Some(names.conditions.values), &mut |reference, span| match reference {
            Reference::Name(name) | Reference::Attribute(name, _) => note(name, span),
            Reference::Condition(_) => {}
        });
    }
    needs.into_iter().collect()
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

/// A walk along needs; at most as deep as there are resources, whose number is limited.
struct Walk<'a> {
    nodes: &'a [ResourceNode],
    needs: &'a [Vec<(String, Span)>],
    position: BTreeMap<String, usize>,
    state: Vec<State>,
    order: Vec<usize>,
}

impl Walk<'_> {
    fn visit(
        &mut self,
        at: usize,
        path: &mut Vec<(usize, Span)>,
        source: &SourceFile,
        found: &mut Diagnostics,
    ) {
        if self.state[at] != State::New {
            return;
        }
        self.state[at] = State::Open;
        let needs = self.needs;
        for (name, span) in &needs[at] {
            let Some(&next) = self.position.get(name) else { continue };
            path.push((at, *span));
            match self.state[next] {
                State::Open => found.push(self.circle(next, path, source)),
                _ => self.visit(next, path, source, found),
            }
            path.pop();
        }
        self.state[at] = State::Done;
        self.order.push(at);
    }

    /// The part of the path that leads from `start` back to `start`.
    fn circle(&self, start: usize, path: &[(usize, Span)], source: &SourceFile) -> Diagnostic {
        let from = path.iter().position(|(at, _)| *at == start).unwrap_or(0);
        let circle = &path[from..];
        let name = |at: usize| self.nodes[at].logical_id.as_str();
        let names = circle.iter().map(|(at, _)| name(*at)).collect::<BTreeSet<_>>();
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        let steps = circle.iter().enumerate().map(|(index, (at, span))| {
            let next = circle.get(index + 1).map_or(start, |(next, _)| *next);
            format!(
                "{} needs {} (line {})",
                name(*at),
                name(next),
                source.file(*span).line_column(span.start).0
            )
        });
        let steps = steps.collect::<Vec<_>>().join(", ");
        let span = circle.first().map_or(self.nodes[start].span, |(_, span)| *span);
        Diagnostic::error("circular-dependency", format!("Circular dependency between resources: [{names}]"))
            .at(span, "the circle starts here")
            .cure(format!("{steps}; take one of these references out, or move it into a resource of its own"))
    }
}
