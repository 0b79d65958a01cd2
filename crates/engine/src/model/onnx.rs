//! The part of ONNX that a chain of dense layers needs, written and read by hand-declared messages:
//! the numbers are the field tags of onnx.proto.
//!
//! Reading is strict. What is not understood is refused instead of skipped, since a skipped
//! operator is a wrong score.

use prost::Message;

use super::{Layer, ModelError, Network, ONNX_BYTES_MAX};

pub(crate) const INPUT: &str = "features";
pub(crate) const OUTPUT: &str = "reconstruction";

const IR_VERSION: i64 = 8;
const OPSET_VERSION: i64 = 17;
const FLOAT: i32 = 1;
const ATTRIBUTE_FLOAT: i32 = 1;
const ATTRIBUTE_INT: i32 = 2;

const LAYERS_MAX: usize = 64;
const LAYER_WIDTH_MAX: usize = 4096;

#[derive(Clone, PartialEq, Message)]
struct ModelProto {
    #[prost(int64, tag = "1")]
    ir_version: i64,
    #[prost(string, tag = "2")]
    producer_name: String,
    #[prost(message, optional, tag = "7")]
    graph: Option<GraphProto>,
    #[prost(message, repeated, tag = "8")]
    opset_import: Vec<OperatorSetIdProto>,
}

#[derive(Clone, PartialEq, Message)]
struct OperatorSetIdProto {
    #[prost(string, tag = "1")]
    domain: String,
    #[prost(int64, tag = "2")]
    version: i64,
}

#[derive(Clone, PartialEq, Message)]
struct GraphProto {
    #[prost(message, repeated, tag = "1")]
    node: Vec<NodeProto>,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<TensorProto>,
    #[prost(message, repeated, tag = "11")]
    input: Vec<ValueInfoProto>,
    #[prost(message, repeated, tag = "12")]
    output: Vec<ValueInfoProto>,
}

#[derive(Clone, PartialEq, Message)]
struct NodeProto {
    #[prost(string, repeated, tag = "1")]
    input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    output: Vec<String>,
    #[prost(string, tag = "3")]
    name: String,
    #[prost(string, tag = "4")]
    op_type: String,
    #[prost(message, repeated, tag = "5")]
    attribute: Vec<AttributeProto>,
    #[prost(string, tag = "7")]
    domain: String,
}

#[derive(Clone, PartialEq, Message)]
struct AttributeProto {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(float, tag = "2")]
    f: f32,
    #[prost(int64, tag = "3")]
    i: i64,
    #[prost(int32, tag = "20")]
    r#type: i32,
}

#[derive(Clone, PartialEq, Message)]
struct TensorProto {
    #[prost(int64, repeated, tag = "1")]
    dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    data_type: i32,
    #[prost(float, repeated, tag = "4")]
    float_data: Vec<f32>,
    #[prost(string, tag = "8")]
    name: String,
    #[prost(bytes = "vec", tag = "9")]
    raw_data: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct ValueInfoProto {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    r#type: Option<TypeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct TypeProto {
    #[prost(message, optional, tag = "1")]
    tensor_type: Option<TensorTypeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorTypeProto {
    #[prost(int32, tag = "1")]
    elem_type: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<ShapeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct ShapeProto {
    #[prost(message, repeated, tag = "1")]
    dim: Vec<DimensionProto>,
}

#[derive(Clone, PartialEq, Message)]
struct DimensionProto {
    #[prost(int64, optional, tag = "1")]
    dim_value: Option<i64>,
    #[prost(string, optional, tag = "2")]
    dim_param: Option<String>,
}

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
        ModelProto {
            ir_version: IR_VERSION,
            producer_name: "radar".into(),
            graph: Some(graph),
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET_VERSION }],
        }
        .encode_to_vec()
    }

    /// Reads a file, and checks that it is a chain of dense layers with finite weights.
    pub(crate) fn from_onnx(bytes: &[u8]) -> Result<Self, ModelError> {
        if bytes.len() > ONNX_BYTES_MAX {
            return Err(ModelError::TooLarge { file: "model.onnx", bytes: bytes.len(), bytes_max: ONNX_BYTES_MAX });
        }
        let model = ModelProto::decode(bytes).map_err(ModelError::Onnx)?;
        let opset = model.opset_import.iter().find(|opset| opset.domain.is_empty()).map_or(0, |opset| opset.version);
        // Gemm and Relu mean the same in all of these.
        ensure((13..=OPSET_VERSION).contains(&opset), format!("operators of a version from 13 to {OPSET_VERSION}"), opset)?;
        let graph = model.graph.ok_or_else(|| mismatch("a graph", "none"))?;
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

fn push_node(graph: &mut GraphProto, op_type: &str, output: String, input: Vec<String>, attribute: Vec<AttributeProto>) -> String {
    let name = format!("make_{output}");
    graph.node.push(NodeProto {
        input,
        output: vec![output.clone()],
        name,
        op_type: op_type.into(),
        attribute,
        domain: String::new(),
    });
    output
}

fn gemm_attributes() -> Vec<AttributeProto> {
    let float = |name: &str, f| AttributeProto { name: name.into(), f, i: 0, r#type: ATTRIBUTE_FLOAT };
    let int = |name: &str, i| AttributeProto { name: name.into(), f: 0.0, i, r#type: ATTRIBUTE_INT };
    vec![float("alpha", 1.0), float("beta", 1.0), int("transA", 0), int("transB", 0)]
}

fn rows_of(name: &str, width: usize) -> ValueInfoProto {
    let rows = DimensionProto { dim_value: None, dim_param: Some("rows".into()) };
    let width = DimensionProto { dim_value: Some(width as i64), dim_param: None };
    let shape = Some(ShapeProto { dim: vec![rows, width] });
    ValueInfoProto { name: name.into(), r#type: Some(TypeProto { tensor_type: Some(TensorTypeProto { elem_type: FLOAT, shape }) }) }
}

/// The width of a row of floats, where the value is declared as that.
fn declared_width(value: &ValueInfoProto) -> Option<i64> {
    let tensor = value.r#type.as_ref()?.tensor_type.as_ref()?;
    match &tensor.shape.as_ref()?.dim[..] {
        [_, width] if tensor.elem_type == FLOAT => width.dim_value,
        _ => None,
    }
}

fn tensor(name: &str, dims: &[usize], numbers: &[f32]) -> TensorProto {
    TensorProto {
        dims: dims.iter().map(|dim| *dim as i64).collect(),
        data_type: FLOAT,
        float_data: Vec::new(),
        name: name.into(),
        raw_data: numbers.iter().flat_map(|number| number.to_le_bytes()).collect(),
    }
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

fn read_tensor(name: &str, initializers: &[TensorProto]) -> Result<(Vec<usize>, Vec<f32>), ModelError> {
    let Some(tensor) = initializers.iter().find(|tensor| tensor.name == name) else {
        return Err(mismatch(format!("an initializer named {name:?}"), "none"));
    };
    ensure(tensor.data_type == FLOAT, format!("floats in {name:?}"), format!("data type {}", tensor.data_type))?;
    let dims: Option<Vec<usize>> =
        tensor.dims.iter().map(|dim| usize::try_from(*dim).ok().filter(|dim| (1..=LAYER_WIDTH_MAX).contains(dim))).collect();
    let Some(dims) = dims.filter(|dims| (1..=2).contains(&dims.len())) else {
        return Err(mismatch(format!("one or two dimensions of 1 to {LAYER_WIDTH_MAX} in {name:?}"), format!("{:?}", tensor.dims)));
    };
    let numbers = if tensor.raw_data.is_empty() {
        tensor.float_data.clone()
    } else {
        let (whole, rest) = tensor.raw_data.as_chunks::<4>();
        ensure(rest.is_empty(), format!("whole floats in {name:?}"), format!("{} bytes", tensor.raw_data.len()))?;
        whole.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    };
    let count: usize = dims.iter().product();
    ensure(numbers.len() == count, format!("{count} numbers in {name:?}"), numbers.len())?;
    ensure(numbers.iter().all(|number| number.is_finite()), format!("finite numbers in {name:?}"), "others")?;
    Ok((dims, numbers))
}

fn mismatch(expected: impl ToString, found: impl ToString) -> ModelError {
    ModelError::Graph { expected: expected.to_string(), found: found.to_string() }
}

fn ensure(holds: bool, expected: impl ToString, found: impl ToString) -> Result<(), ModelError> {
    if holds { Ok(()) } else { Err(mismatch(expected, found)) }
}

#[cfg(test)]
mod tests {
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
