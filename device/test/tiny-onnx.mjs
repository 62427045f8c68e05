/** A streaming model of three multiplications, for candidates that behave badly: activations are features times `weight`. */

const FLOAT = 1;

const varint = (value) => {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
};
const number = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);
const bytes = (field, content) => {
  const body = Buffer.from(content);
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body]);
};

const node = (type, inputs, output) =>
  bytes(1, Buffer.concat([...inputs.map((name) => bytes(1, name)), bytes(2, output), bytes(4, type)]));

const tensor = (name, [rows, columns], values) => {
  const raw = Buffer.from(Float32Array.from({ length: rows * columns }, (_, k) => values(k)).buffer);
  return bytes(
    5,
    Buffer.concat([number(1, rows), number(1, columns), number(2, FLOAT), bytes(8, name), bytes(9, raw)]),
  );
};

const value = (field, name, dims) => {
  const shape = Buffer.concat(dims.map((size) => bytes(1, number(1, size))));
  const type = bytes(1, Buffer.concat([number(1, FLOAT), bytes(2, shape)]));
  return bytes(field, Buffer.concat([bytes(1, name), bytes(2, type)]));
};

/** The ONNX file of a model with the shapes that `streaming` of the manifest names. */
export function tinyOnnx({ context, frames, channels, dilations, heads }, weight) {
  const [rows, bands, layers] = [context - 1 + frames, 64, dilations.length * frames];
  const graph = Buffer.concat([
    node("MatMul", ["features", "weights"], "rows"),
    node("MatMul", ["newest", "rows"], "activations"),
    node("MatMul", ["delayed", "nothing"], "columns"),
    bytes(2, "tiny"),
    tensor("weights", [bands, heads.length], () => weight),
    tensor("newest", [frames, rows], (k) => (k % rows === rows - frames + Math.floor(k / rows) ? 1 : 0)),
    tensor("nothing", [2 * channels, channels], () => 0),
    value(11, "features", [rows, bands]),
    value(11, "delayed", [layers, 2 * channels]),
    value(12, "activations", [frames, heads.length]),
    value(12, "columns", [layers, channels]),
  ]);
  return Buffer.concat([number(1, 8), bytes(7, graph), bytes(8, Buffer.concat([bytes(1, ""), number(2, 13)]))]);
}
