//! k-means as an ONNX file, and back.

use prost::Message;

use super::super::ModelError;
use super::super::kmeans::{CENTRES, KMeans};
use super::{
    ATTRIBUTE_INT, ATTRIBUTE_INTS, AttributeProto, GraphProto, INPUT, ModelProto, SCORE, ensure, ensure_same, mismatch,
    push_cleaning, push_node, read_tensor, rows_of, score_of_rows, tensor, whole_numbers,
};

const CENTRES_NAME: &str = "centres";
const SPREADS_NAME: &str = "spreads";

impl KMeans {
    /// An ONNX file of the centres, for any number of rows at once.
    pub fn to_onnx(&self, name: &str) -> Vec<u8> {
        ModelProto::around(self.graph(name), false).encode_to_vec()
    }

    /// Reads a file as [`KMeans::to_onnx`] writes it.
    pub fn from_onnx(bytes: &[u8]) -> Result<Self, ModelError> {
        let graph = ModelProto::read(bytes)?;
        let (dims, centres) = read_tensor(CENTRES_NAME, &graph.initializer)?;
        let (_, spreads) = read_tensor(SPREADS_NAME, &graph.initializer)?;
        let [count, width] = dims[..] else { return Err(mismatch("centres in two dimensions", dims.len())) };
        ensure((1..=CENTRES).contains(&count), format!("1 to {CENTRES} centres"), count)?;
        ensure(spreads.len() == count, format!("{count} spreads"), spreads.len())?;
        ensure(spreads.iter().all(|spread| *spread > 0.0), "spreads above 0", "others")?;
        let kmeans = Self { width, centres, spreads };
        ensure_same(&graph, &kmeans.graph(&graph.name))?;
        Ok(kmeans)
    }

    fn graph(&self, name: &str) -> GraphProto {
        let mut graph = GraphProto {
            name: name.into(),
            input: vec![rows_of(INPUT, self.width)],
            output: vec![score_of_rows()],
            ..GraphProto::default()
        };
        let clean = push_cleaning(&mut graph);
        graph.initializer.extend([
            tensor(CENTRES_NAME, &[self.spreads.len(), self.width], &self.centres),
            tensor(SPREADS_NAME, &[self.spreads.len()], &self.spreads),
            whole_numbers("between", &[1]),
            whole_numbers("last", &[2]),
        ]);
        let int = |name: &str, i| AttributeProto { name: name.into(), i, r#type: ATTRIBUTE_INT, ..AttributeProto::default() };
        let axes = AttributeProto { name: "axes".into(), ints: vec![1], r#type: ATTRIBUTE_INTS, ..AttributeProto::default() };
        let mut push = |op_type: &str, output: &str, input: &[&str], attributes: Vec<AttributeProto>| {
            push_node(&mut graph, op_type, output.into(), input.iter().map(|name| (*name).into()).collect(), attributes)
        };
        push("Unsqueeze", "each", &[&clean, "between"], Vec::new());
        push("Sub", "differences", &["each", CENTRES_NAME], Vec::new());
        push("Mul", "squares", &["differences", "differences"], Vec::new());
        push("ReduceSum", "sums", &["squares", "last"], vec![int("keepdims", 0)]);
        push("Sqrt", "distances", &["sums"], Vec::new());
        push("ReduceMin", "distance", &["distances"], vec![axes, int("keepdims", 1)]);
        push("ArgMin", "nearest", &["sums"], vec![int("axis", 1), int("keepdims", 1)]);
        push("Gather", "spread", &[SPREADS_NAME, "nearest"], vec![int("axis", 0)]);
        push("Div", SCORE, &["distance", "spread"], Vec::new());
        graph
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kmeans() -> KMeans {
        // Five crowds of equal size.
        let rows: Vec<f32> = (0..600_u16).map(|index| f32::from(index / 3 % 5 * 100 + index % 7)).collect();
        KMeans::fit(&rows, 3, 1)
    }

    fn check(damage: impl FnOnce(&mut GraphProto), expected: &str) {
        let mut model = ModelProto::decode(&kmeans().to_onnx("test")[..]).unwrap();
        damage(model.graph.as_mut().unwrap());
        let error = KMeans::from_onnx(&model.encode_to_vec()).unwrap_err();
        assert_eq!(error.to_string(), format!("the graph in model.onnx needs {expected}"));
    }

    #[test]
    fn what_was_written_is_read() {
        assert_eq!(KMeans::from_onnx(&kmeans().to_onnx("test")).unwrap(), kmeans());
    }

    #[test]
    fn a_damaged_graph_is_refused() {
        check(|graph| drop(graph.initializer.remove(1)), "an initializer named \"centres\", and has none");
        check(|graph| graph.initializer[2] = tensor(SPREADS_NAME, &[5], &[0.0; 5]), "spreads above 0, and has others");
        check(|graph| graph.initializer[2] = tensor(SPREADS_NAME, &[1], &[1.0]), "5 spreads, and has 1");
        check(|graph| graph.initializer[1] = tensor(CENTRES_NAME, &[15], &[0.0; 15]), "centres in two dimensions, and has 1");
        check(|graph| graph.node[5].op_type = "Add".into(), "make_differences as `radar train` writes it, and has another Add");
        check(|graph| drop(graph.node.pop()), "13 operators, and has 12");
    }
}
