use std::collections::HashSet;

use charming::{
    Chart,
    element::{Color, Label, LabelLayout, LabelPosition, LineStyle, ScaleLimit, Tooltip},
    series::{self, GraphCategory, GraphData, GraphLayout, GraphLink, GraphNode, GraphNodeLabel},
};
use radar_types::{
    Severity,
    graph::{Graph, Node},
    grouped,
};

use crate::format::visible;

/// What a picture is wide and high, before it is fitted.
const HALF: [f32; 2] = [700.0, 450.0];
const SIZE_MIN: f64 = 5.0;
const SIZE_MAX: f64 = 42.0;
const NAMED_MAX: usize = 60;

/// What a node is called: its kind is part of it, as a host and a user may have one name.
pub(crate) fn node_name(graph: &Graph, node: &Node) -> String {
    match &node.name {
        Some(name) => format!("{} {}", node.kind.name(), visible(name)),
        None => format!("{} other {}", grouped(graph.others[node.kind as usize]), node.kind.plural()),
    }
}

/// Nodes where the server has put them, as large as they have events, in the colour of the worst of those.
pub(crate) fn graph_options(graph: &Graph) -> Chart {
    let most = graph.nodes.iter().map(|node| node.events).max().unwrap_or_default().max(1) as f64;
    let size = |events: u64| SIZE_MIN + (SIZE_MAX - SIZE_MIN) * (events as f64 / most).sqrt();
    // Names are drawn for the largest, and told of the others where somebody points at them: so many texts that mostly hide each
    // other can't be read, and would be laid out anew with each step of a drag.
    let mut largest: Vec<usize> = (0..graph.nodes.len()).collect();
    largest.sort_by_key(|place| std::cmp::Reverse(graph.nodes[*place].events));
    let named: HashSet<usize> = largest.into_iter().take(NAMED_MAX).collect();
    let node = |(place, node): (usize, &Node)| GraphNode {
        id: place.to_string(),
        name: node_name(graph, node),
        x: (node.x * HALF[0]).into(),
        y: (node.y * HALF[1]).into(),
        value: node.events as f64,
        category: node.worst.map_or(0, |worst| worst as u64 + 1),
        symbol_size: size(node.events),
        label: named.contains(&place).then(|| GraphNodeLabel::new().show(true)),
    };
    let link = |link: &radar_types::graph::Link| GraphLink {
        source: link.from.to_string(),
        target: link.to.to_string(),
        value: Some(link.events as f64),
    };
    let names: Vec<&str> = ["unscored"].into_iter().chain(Severity::ALL.map(Severity::name)).collect();
    let data = GraphData {
        nodes: graph.nodes.iter().enumerate().map(node).collect(),
        links: graph.links.iter().map(link).collect(),
        categories: names.iter().map(|name| GraphCategory { name: (*name).into() }).collect(),
    };
    Chart::new()
        .color(names.iter().map(|name| Color::Value(format!("var(--severity-{name})"))).collect())
        .tooltip(Tooltip::new())
        .series(
            series::Graph::new()
                .layout(GraphLayout::None)
                .roam(true)
                .scale_limit(ScaleLimit::new().min(0.5).max(20.0))
                .label(Label::new().show(false).position(LabelPosition::Right).color("var(--text-quiet)").font_size(11))
                .label_layout(LabelLayout::new().hide_overlap(true))
                .line_style(LineStyle::new().color("var(--line-strong)").opacity(0.45).width(1))
                .data(data),
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use radar_types::{Timestamp, graph::NodeKind};

    #[test]
    fn a_node_is_as_large_as_it_has_events_and_as_bad_as_its_worst() {
        let node = |name: Option<&str>, events, worst| Node {
            kind: NodeKind::Host,
            name: name.map(Into::into),
            events,
            worst,
            x: 1.0,
            y: -0.5,
        };
        let graph = Graph {
            from: Timestamp::MIN,
            to: Timestamp::MIN,
            is_partial: false,
            nodes: vec![node(Some("a"), 400, Some(Severity::Critical)), node(None, 100, None)],
            links: vec![],
            others: [0, 1_200, 0, 0],
            busy_addresses: vec![],
            failing_services: vec![],
            error_rate: 0.0,
            new_uses: None,
        };
        let options = serde_json::to_value(graph_options(&graph)).unwrap();
        let nodes = options["series"][0]["data"].as_array().unwrap();
        assert_eq!((&nodes[0]["name"], &nodes[1]["name"]), (&"host a".into(), &"1,200 other hosts".into()));
        assert_eq!((&nodes[0]["symbolSize"], &nodes[1]["symbolSize"]), (&42.0.into(), &23.5.into()));
        let colour = |node: usize| options["color"][nodes[node]["category"].as_u64().unwrap() as usize].clone();
        assert_eq!((colour(0), colour(1)), ("var(--severity-critical)".into(), "var(--severity-unscored)".into()));
        assert_eq!(nodes[0]["label"]["show"], true);
        assert_eq!((&nodes[0]["x"], &nodes[0]["y"]), (&700.0.into(), &(-225.0).into()));
    }
}
