//! Who has to do with whom, and what is unusual about it.

mod lists;

use leptos::prelude::*;
use leptos_meta::Title;
use radar_types::{
    Span,
    graph::{Graph, Node, NodeKind},
    grouped, query,
};

use crate::{
    address::{explore_link, use_here, use_parameter, use_span},
    api::get_graph,
    charts::{self, ChartEvent},
    components::{ChartPanel, Failure, RangeLinks},
    format::counted,
};
use lists::{BusyAddresses, FailingServices, NewUses};

#[component]
pub(crate) fn GraphPage() -> impl IntoView {
    let (question, span) = (use_parameter("q"), use_span());
    let graph = Resource::new_blocking(move || (question.get(), span.get()), |(question, span)| get_graph(question, span));
    view! {
        <Title text="Graph" />
        <div class="graph-page">
            <h1 class="only-heard">"Graph"</h1>
            <div class="graph-head">
                <QuestionForm />
                <RangeLinks />
            </div>
            <Transition fallback=Skeleton>
                {move || Suspend::new(async move {
                    match graph.await {
                        Ok(graph) if graph.nodes.is_empty() => view! { <Empty /> }.into_any(),
                        Ok(graph) => view! { <Shown graph question=question.get_untracked() span=span.get_untracked() /> }.into_any(),
                        Err(error) => view! { <Failure what="The graph" message=error.0.message retry=move || graph.refetch() /> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
    .into_any()
}

/// A form of the browser's own, so that it works without scripts.
#[component]
fn QuestionForm() -> impl IntoView {
    let (question, range) = (use_parameter("q"), use_parameter("range"));
    let here = use_here();
    let field = NodeRef::<leptos::html::Input>::new();
    let ask = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.get_untracked() {
            here.go(&[("q", field.value())]);
        }
    };
    view! {
        <form class="graph-question" action="/graph" role="search" on:submit=ask>
            <input
                type="search"
                name="q"
                node_ref=field
                data-key-target="question"
                aria-label="Which events"
                placeholder="All events. Ask for some: host:web-1 severity:>=high"
                autocomplete="off"
                spellcheck="false"
                value=question.get_untracked()
                prop:value=move || question.get()
            />
            <input type="hidden" name="range" value=move || range.get() disabled=move || range.get().is_empty() />
            <button class="button">"Show"</button>
        </form>
    }
    .into_any()
}

#[component]
fn Shown(graph: Graph, question: String, span: Span) -> impl IntoView {
    let graph = StoredValue::new(graph);
    let question = StoredValue::new(question);
    let here = use_here();
    let pick = Callback::new(move |event: ChartEvent| {
        let ChartEvent::Pick { name, .. } = event else { return };
        // A line is picked by a name that is none of a node.
        let field_and_name = graph.with_value(|graph| {
            let node = graph.nodes.iter().find(|node| charts::node_name(graph, node) == name)?;
            Some((node.kind.field(), node.name.clone()?))
        });
        if let Some((field, name)) = field_and_name {
            here.leave_for(&link(&question.get_value(), span, &[(field, &name)]));
        }
    });
    let columns = vec!["Who or what", "Events", "Worst", "Linked to"];
    let rows = move || graph.with_value(table);
    let options = move || graph.with_value(charts::graph_options);
    let note = move || {
        let count = graph.with_value(|graph| graph.nodes.iter().filter(|node| node.name.is_some()).count() as u64);
        view! { <span class="quiet" data-testid="graph-count">{format!("{}; click one to see its events", counted(count, "node", "nodes"))}</span> }
    };
    let link = move |conditions: &[(&str, &str)]| link(&question.get_value(), span, conditions);
    let Graph { is_partial, others, busy_addresses, failing_services, error_rate, new_uses, .. } = graph.get_value();
    view! {
        {is_partial.then(|| view! {
            <p class="notice is-warning" role="status">"Time was up before all events were counted. Choose a shorter range or ask for less."</p>
        })}
        <div class="graph-body">
            <div class="graph-picture">
                <ChartPanel name="graph" title="Who has to do with whom" options=Box::new(options) on_event=pick note columns rows=Box::new(rows) />
                <p class="quiet graph-legend" data-testid="graph-others">{cut(&others)}</p>
            </div>
            <div class="graph-lists">
                <BusyAddresses found=busy_addresses link />
                <FailingServices found=failing_services error_rate link />
                <NewUses found=new_uses link />
            </div>
        </div>
    }
    .into_any()
}

/// Explore, for what is shown and these values.
fn link(question: &str, span: Span, conditions: &[(&str, &str)]) -> String {
    let terms = conditions.iter().map(|(field, value)| query::term(field, value));
    let own =
        (!question.trim().is_empty()).then(|| if conditions.is_empty() { question.to_owned() } else { format!("({question})") });
    let whole: Vec<String> = own.into_iter().chain(terms).collect();
    explore_link(&whole.join(" "), span)
}

/// Says what is not drawn one by one.
fn cut(others: &[u64; 4]) -> String {
    let cut = NodeKind::ALL.into_iter().zip(others).filter(|(_, count)| **count > 0);
    let cut: Vec<String> = cut.map(|(kind, count)| format!("{} {}", grouped(*count), kind.plural())).collect();
    let legend = "Size: events. Colour: the worst of them.";
    if cut.is_empty() {
        return legend.to_owned();
    }
    let most = grouped(Graph::NODES_OF_KIND_MAX as u64);
    format!(
        "{legend} The {most} most frequent of each kind are shown; {} more are drawn as one node of their kind.",
        cut.join(", ")
    )
}

fn table(graph: &Graph) -> Vec<Vec<String>> {
    let mut neighbours = vec![Vec::new(); graph.nodes.len()];
    for link in &graph.links {
        neighbours[link.from as usize].push(link.to);
        neighbours[link.to as usize].push(link.from);
    }
    let name = |place: &u32| graph.nodes.get(*place as usize).map(|node| charts::node_name(graph, node));
    let linked = |places: &Vec<u32>| {
        let names: Vec<String> = places.iter().take(5).filter_map(name).collect();
        let more = places.len().saturating_sub(names.len());
        if more == 0 { names.join(", ") } else { format!("{} and {more} more", names.join(", ")) }
    };
    let row = |(node, places): (&Node, &Vec<u32>)| {
        let worst = node.worst.map_or("not scored", |worst| worst.name());
        vec![charts::node_name(graph, node), grouped(node.events), worst.to_owned(), linked(places)]
    };
    graph.nodes.iter().zip(&neighbours).map(row).collect()
}

#[component]
fn Empty() -> impl IntoView {
    view! {
        <section class="panel empty" data-testid="graph-empty">
            <p>"No event of this range is about that. Choose a longer range, or ask for less."</p>
        </section>
    }
    .into_any()
}

#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="graph-body" aria-busy="true" aria-label="Loading the graph">
            <div class="panel skeleton graph-picture"></div>
            <div class="graph-lists">{(0..3).map(|_| view! { <div class="panel skeleton"></div> }).collect_view()}</div>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_asks_for_what_is_shown_and_for_one_node() {
        let span: Span = "24h".parse().unwrap();
        let check = |question, conditions: &[(&str, &str)], expected| assert_eq!(link(question, span, conditions), expected);
        check("", &[("host", "web-1")], "/explore?q=host%3D%22web%2D1%22&range=24h");
        check("a OR b", &[("user", "x y")], "/explore?q=%28a%20OR%20b%29%20user%3D%22x%20y%22&range=24h");
        check("a", &[], "/explore?q=a&range=24h");
    }

    #[test]
    fn what_is_left_out_is_said() {
        assert_eq!(cut(&[0; 4]), "Size: events. Colour: the worst of them.");
        assert!(cut(&[0, 1_204, 0, 3]).ends_with("1,204 hosts, 3 addresses more are drawn as one node of their kind."));
    }
}
