//! Which names a policy takes: the behavior and its list, as all of CloudFront's policies write them.

use frontgate_edge_rules::Selection;

use crate::properties::{Object, Text};

/// The texts of a list as boxed strings.
pub fn boxed(texts: &[Text<'_>]) -> Vec<Box<str>> {
    texts.iter().map(|text| text.value.as_ref().into()).collect()
}

/// `CookiesConfig` or `QueryStringsConfig`: the behavior stands in `behavior_name`, the names in `list_name`.
pub fn selection(
    config: Option<Object<'_>>,
    behavior_name: &'static str,
    list_name: &'static str,
) -> Selection {
    #[derive(Clone, Copy)]
    enum Behavior {
        None,
        Whitelist,
        AllExcept,
        All,
    }
    let Some(config) = config else { return Selection::None };
    config.require(behavior_name);
    let behavior = config.choice(
        behavior_name,
        &[
            ("none", Behavior::None),
            ("whitelist", Behavior::Whitelist),
            ("allExcept", Behavior::AllExcept),
            ("all", Behavior::All),
        ],
    );
    let names = config.texts(list_name);
    if matches!(behavior, Some(Behavior::Whitelist | Behavior::AllExcept)) && names.is_empty() {
        let message = format!("{}: the behavior needs names in {list_name}", config.path());
        config.problems().error(config.span(), message, "no names", format!("Add {list_name}."));
    }
    config.finish();
    match behavior {
        Some(Behavior::Whitelist) => Selection::Allow(boxed(&names)),
        Some(Behavior::AllExcept) => Selection::AllExcept(boxed(&names)),
        Some(Behavior::All) => Selection::All,
        Some(Behavior::None) | None => Selection::None,
    }
}
