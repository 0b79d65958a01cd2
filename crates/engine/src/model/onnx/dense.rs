//! A chain of dense layers as an ONNX file, and back.

use prost::Message;

use super::super::{Layer, ModelError, Network};
use super::{
    ATTRIBUTE_FLOAT, ATTRIBUTE_INT, AttributeProto, GraphProto, INPUT, ModelProto, NodeProto, TensorProto, declared_width, ensure,
    mismatch, push_node, read_tensor, rows_of, tensor,
};

pub(crate) const OUTPUT: &str = "reconstruction";

const LAYERS_MAX: usize = 64;

impl Network {
    /// An ONNX file of the network, for any number of rows at once.
    pub(crate) fn to_onnx(&self, name: &str) -> Vec<u8> {
        let mut graph = GraphProto {
            name: name.into(),
            input: vec![rows_of(INPUT, self.inputs())],
            output: vec![rows_of(OUTPUT, self.outputs())],
            ..GraphProto::default()
        };
        let mut value = INPUT.to_owned();
        for (index, layer) in self.layers.iter().enumerate() {
            if index > 0 {
                value = push_node(&mut graph, "Relu", format!("relu_{index}"), vec![value], Vec::new());
            }
            let (weights, biases) = (format!("weights_{index}"), format!("biases_{index}"));
            graph.initializer.push(tensor(&weights, &[layer.inputs, layer.outputs], &layer.weights));
            graph.initializer.push(tensor(&biases, &[layer.outputs], &layer.biases));
            let is_last = index + 1 == self.layers.len();
            let output = if is_last { OUTPUT.into() } else { format!("dense_{index}") };
            value = push_node(&mut graph, "Gemm", output, vec![value, weights, biases], gemm_attributes());
        }
        ModelProto::around(graph, false).encode_to_vec()
    }

    /// Reads a file, and checks that it is a chain of dense layers with finite weights.
    pub(crate) fn from_onnx(bytes: &[u8]) -> Result<Self, ModelError> {
        let graph = ModelProto::read(bytes)?;
        let [input] = &graph.input[..] else { return Err(mismatch("one input", graph.input.len())) };
        let [output] = &graph.output[..] else { return Err(mismatch("one output", graph.output.len())) };
        for (value, name) in [(input, INPUT), (output, OUTPUT)] {
            ensure(value.name == name, format!("a value named {name:?}"), &value.name)?;
        }

        let mut layers: Vec<Layer> = Vec::new();
        let mut value = INPUT;
        let mut is_relu_next = false;
        for node in &graph.node {
            let operator = if is_relu_next { "Relu" } else { "Gemm" };
            ensure(node.op_type == operator && node.domain.is_empty(), operator, format!("{} {}", node.domain, node.op_type))?;
            let ([first, ..], [result]) = (&node.input[..], &node.output[..]) else {
                return Err(mismatch(format!("inputs and one output of {operator}"), "others"));
            };
            ensure(first == value, format!("a chain in which {operator} reads {value:?}"), first)?;
            if is_relu_next {
                ensure(node.input.len() == 1, "a Relu of one input", node.input.len())?;
            } else {
                layers.push(read_layer(node, &graph.initializer)?);
                ensure(layers.len() <= LAYERS_MAX, format!("at most {LAYERS_MAX} layers"), layers.len())?;
            }
            value = result;
            is_relu_next = !is_relu_next;
        }
        ensure(value == OUTPUT && is_relu_next, "a last Gemm that gives the output", value)?;
        for pair in layers.windows(2) {
            ensure(
                pair[0].outputs == pair[1].inputs,
                "layers that fit each other",
                format!("{} and {}", pair[0].outputs, pair[1].inputs),
            )?;
        }
        let network = Self { layers };
        for (value, width) in [(input, network.inputs()), (output, network.outputs())] {
            ensure(
                declared_width(value) == Some(width as i64),
                format!("{width} floats a row in {:?}", value.name),
                "another shape",
            )?;
        }
        Ok(network)
    }
}

fn gemm_attributes() -> Vec<AttributeProto> {
    let float = |name: &str, f| AttributeProto { name: name.into(), f, r#type: ATTRIBUTE_FLOAT, ..AttributeProto::default() };
    let int = |name: &str, i| AttributeProto { name: name.into(), i, r#type: ATTRIBUTE_INT, ..AttributeProto::default() };
    vec![float("alpha", 1.0), float("beta", 1.0), int("transA", 0), int("transB", 0)]
}

fn read_layer(node: &NodeProto, initializers: &[TensorProto]) -> Result<Layer, ModelError> {
    let [_, weights, biases] = &node.input[..] else { return Err(mismatch("a Gemm of three inputs", node.input.len())) };
    let mut is_transposed = false;
    for AttributeProto { name, f, i, .. } in &node.attribute {
        match name.as_str() {
            "alpha" | "beta" if *f == 1.0 => {}
            "transA" if *i == 0 => {}
            "transB" if *i == 0 || *i == 1 => is_transposed = *i == 1,
            _ => return Err(mismatch("a Gemm that only multiplies and adds", format!("attribute {name:?}"))),
        }
    }
    let (weight_dims, weights) = read_tensor(weights, initializers)?;
    let (bias_dims, biases) = read_tensor(biases, initializers)?;
    let [rows, columns] = weight_dims[..] else { return Err(mismatch("weights of two dimensions", weight_dims.len())) };
    let (inputs, outputs) = if is_transposed { (columns, rows) } else { (rows, columns) };
    ensure(bias_dims == [outputs], format!("{outputs} biases"), format!("{bias_dims:?}"))?;
    let weights = if is_transposed { transposed(&weights, inputs, outputs) } else { weights };
    Ok(Layer { inputs, outputs, weights, biases })
}

fn transposed(weights: &[f32], inputs: usize, outputs: usize) -> Vec<f32> {
    (0..inputs).flat_map(|input| (0..outputs).map(move |output| weights[output * inputs + input])).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::ONNX_BYTES_MAX;
    use super::*;

    fn network() -> Network {
        let layer = |inputs: usize, outputs: usize| Layer {
            inputs,
            outputs,
            weights: (0..inputs * outputs).map(|i| i as f32).collect(),
            biases: vec![0.5; outputs],
        };
        Network { layers: vec![layer(3, 2), layer(2, 3)] }
    }

    fn model() -> ModelProto {
        ModelProto::decode(&network().to_onnx("test")[..]).unwrap()
    }

    /// Damages the graph and compares what reading says of it.
    fn check(damage: impl FnOnce(&mut GraphProto), expected: &str) {
        let mut model = model();
        damage(model.graph.as_mut().unwrap());
        let error = Network::from_onnx(&model.encode_to_vec()).unwrap_err();
        assert_eq!(error.to_string(), format!("the graph in model.onnx needs {expected}"));
    }

    #[test]
    fn what_was_written_is_read() {
        assert_eq!(Network::from_onnx(&network().to_onnx("test")).unwrap(), network());
    }

    #[test]
    fn transposed_weights_are_read() {
        let mut model = model();
        let graph = model.graph.as_mut().unwrap();
        graph.node[0].attribute[3].i = 1;
        graph.initializer[0] = tensor("weights_0", &[2, 3], &[0.0, 2.0, 4.0, 1.0, 3.0, 5.0]);
        assert_eq!(Network::from_onnx(&model.encode_to_vec()).unwrap(), network());
    }

    #[test]
    fn a_damaged_graph_is_refused() {
        check(|graph| graph.node[1].op_type = "Tanh".into(), "Relu, and has  Tanh");
        check(|graph| graph.node[0].attribute[0].f = 2.0, "a Gemm that only multiplies and adds, and has attribute \"alpha\"");
        check(|graph| graph.input[0].name = "x".into(), "a value named \"features\", and has x");
        check(|graph| drop(graph.output.pop()), "one output, and has 0");
        check(|graph| drop(graph.node.pop()), "a last Gemm that gives the output, and has relu_1");
        check(|graph| drop(graph.initializer.remove(0)), "an initializer named \"weights_0\", and has none");
        check(
            |graph| graph.initializer[0].dims = vec![i64::MAX, 2],
            "one or two dimensions of 1 to 4096 in \"weights_0\", and has [9223372036854775807, 2]",
        );
        check(|graph| graph.initializer[0].dims = vec![3, 3], "9 numbers in \"weights_0\", and has 6");
        check(
            |graph| graph.initializer[1] = tensor("biases_0", &[2], &[f32::NAN, 0.0]),
            "finite numbers in \"biases_0\", and has others",
        );
        check(|graph| graph.initializer[0].raw_data.truncate(23), "whole floats in \"weights_0\", and has 23 bytes");
        check(|graph| graph.input[0].r#type = None, "3 floats a row in \"features\", and has another shape");
    }

    #[test]
    fn what_is_no_model_is_refused() {
        assert!(matches!(Network::from_onnx(b"\xff\xff\xff"), Err(ModelError::Onnx(_))));
        assert!(matches!(Network::from_onnx(b""), Err(ModelError::Graph { .. })));
        assert!(matches!(Network::from_onnx(&vec![0; ONNX_BYTES_MAX + 1]), Err(ModelError::TooLarge { .. })));
        let bytes = network().to_onnx("test");
        assert!((0..bytes.len()).all(|end| Network::from_onnx(&bytes[..end]).is_err()));
    }
}
