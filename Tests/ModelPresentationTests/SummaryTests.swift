import ModelPresentation
import OrderedCollections
import ModelGraph
import Testing

@Suite struct SummaryTests {
  private func model(
    _ layers: [LayerNode], _ calls: [Call], form: Graph.Form = .functional,
    tensors: OrderedDictionary<String, Tensor> = [:]
  ) throws -> Model {
    let input = LayerNode(name: "x", body: .layer(InputLayer(batchShape: [nil, 4])))
    let graph = try Graph(
      name: "m", form: form, layers: [input] + layers, calls: [Call("x", inputs: [])] + calls,
      inputs: [TensorReference("x")], outputs: [TensorReference(calls[calls.count - 1].layer)])
    return try Model(graph: graph, tensors: tensors)
  }

  private func dense(_ name: String, isTrainable: Bool = true) -> LayerNode {
    LayerNode(
      name: name, body: .layer(Dense(4, useBias: false)), parameters: ["kernel": "\(name)/kernel"],
      isTrainable: isTrainable)
  }

  private let kernel = Tensor(NDArray([4, 4], [Float](repeating: 1, count: 16)))

  private func lambda(_ name: String, parameters: OrderedDictionary<String, String> = [:])
    -> LayerNode
  {
    LayerNode(
      name: name,
      body: .unsupported(
        UnsupportedLayer(path: name, kind: "Lambda", reason: "stores code", configuration: "{}")),
      parameters: parameters)
  }

  @Test func `shapes behind a layer that is not supported are unknown, its weights undetermined`()
    throws
  {
    let model = try model(
      [lambda("code", parameters: ["w": "code/w"]), dense("a", isTrainable: false), dense("b")],
      [
        Call("code", inputs: [TensorReference("x")]), Call("a", inputs: [TensorReference("code")]),
        Call("b", inputs: [TensorReference("a")]),
      ], tensors: ["code/w": kernel, "a/kernel": kernel, "b/kernel": kernel])
    #expect(
      model.summary(style: .plain) == """
        Model: "m"
        +----------------+--------------+---------+
        | Layer (type)   | Output Shape | Param # |
        +================+==============+=========+
        | x (InputLayer) | (None, 4)    |       0 |
        +----------------+--------------+---------+
        | code (Lambda)  | ?            |      16 |
        +----------------+--------------+---------+
        | a (Dense)      | ?            |      16 |
        +----------------+--------------+---------+
        | b (Dense)      | ?            |      16 |
        +----------------+--------------+---------+
         Total params: 48 (192.00 B)
         Trainable params: 0 (0.00 B)
         Non-trainable params: 16 (64.00 B)
         Undetermined params: 32 (128.00 B)
        """)
  }

  @Test func `a word that is longer than its column is continued, never cut`() throws {
    let name = String(repeating: "abcdefghij", count: 8)
    let model = try model(
      [LayerNode(name: name, body: .layer(Identity()))],
      [Call(name, inputs: [TensorReference("x")])])
    for width in [20, 48, 60, 88, 120] {
      let lines = model.summary(width: width).split(separator: "\n").dropFirst()
      let table = lines.dropLast(3)
      #expect(table.allSatisfy { $0.count == max(48, width) })
      let column = table.filter { $0.hasPrefix("│") }
        .map { $0.split(separator: "│")[0].filter { $0 != " " } }.joined()
      #expect(column == "x(InputLayer)\(name)(Identity)")
    }
  }

  @Test func `a number stays in one line`() throws {
    let size = 1_234_567
    let kernel = Tensor(NDArray([4, size], [Float](repeating: 0, count: 4 * size)))
    let layer = LayerNode(
      name: "d", body: .layer(Dense(size, useBias: false)), parameters: ["kernel": "d/kernel"])
    let model = try model(
      [layer], [Call("d", inputs: [TensorReference("x")])], form: .sequential,
      tensors: ["d/kernel": kernel])
    let summary = model.summary(width: 48)
    #expect(summary.contains("│ 4,938,268 │"))
    #expect(summary.contains(" Total params: 4,938,268 (18.84 MB)\n"))
    #expect(!summary.contains("InputLayer"))
  }

  @Test func `control characters of a name are written out`() throws {
    let model = try model(
      [LayerNode(name: "a\u{1B}[2J\nb", body: .layer(Identity()))],
      [Call("a\u{1B}[2J\nb", inputs: [TensorReference("x")])])
    #expect(model.summary(style: .plain).contains("| a\\u{1B}[2J\\u{A}b (Identity) |"))
  }

  @Test func `a layer is not trained inside a nested model that is frozen`() throws {
    let inner = try model(
      [dense("a")], [Call("a", inputs: [TensorReference("x")])], tensors: ["a/kernel": kernel])
    let nested = LayerNode(name: "n", body: .graph(inner.graph), isTrainable: false)
    let model = try model(
      [nested], [Call("n", inputs: [TensorReference("x")])], tensors: ["a/kernel": kernel])
    let summary = model.summary()
    #expect(summary.contains("│ n (Functional) "))
    #expect(summary.hasSuffix(" Trainable params: 0 (0.00 B)\n Non-trainable params: 16 (64.00 B)"))
  }

  @Test(arguments: [
    (0, "0.00 B"), (1023, "1023.00 B"), (1024, "1.00 KB"), (1536, "1.50 KB"), (1029, "1.00 KB"),
    (1030, "1.01 KB"), (102_546_848, "97.80 MB"), (1 << 20 - 1, "1024.00 KB"), (1 << 30, "1.00 GB"),
  ])
  func `sizes are printed as Keras prints them`(byteCount: Int, text: String) {
    #expect(SummaryText.memory(byteCount) == text)
  }
}
