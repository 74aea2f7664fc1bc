import ModelPresentation
import ModelGraph
import Testing

@Suite struct ResidualNoteTests {
  // MARK: - Broadcasting

  @Test func `an addition that broadcasts is noted`() throws {
    let sketch = Sketch(y: [nil, 1, 1, 4]).calling("add", Add(), "x", "y")
    #expect(
      try sketch.notes("add") == [
        "layer 'add' (Add): inputs have shapes [None, 8, 8, 4] and [None, 1, 1, 4]; axes of size 1 "
          + "are repeated to fit, of which Keras says nothing"
      ])
  }

  @Test func `an addition of inputs of different rank is noted`() throws {
    let notes = try Sketch(y: [nil, 4]).calling("add", Add(), "x", "y").notes("add")
    #expect(notes.count == 1)
    #expect(notes[0].contains("[None, 8, 8, 4] and [None, 4]"))
  }

  @Test func `a product that broadcasts gives no note, as in squeeze and excitation`() throws {
    let sketch = Sketch()
      .calling("conv", conv(), "x")
      .calling("squeeze", GlobalAveragePooling2D(keepDimensions: true), "conv")
      .calling("excite", Conv2D(4, kernelSize: (1, 1), activation: .sigmoid), "squeeze")
      .calling("scale", Multiply(), "conv", "excite")
      .calling("add", Add(), "x", "scale")
    #expect(try sketch.notes("add") == [])
  }

  @Test func `sizes that are not known give no note`() throws {
    let sketch = Sketch(x: [nil, nil, nil, 4], y: [nil, 8, 8, 4]).calling("add", Add(), "x", "y")
    #expect(try sketch.notes("add") == [])
  }

  // MARK: - Strides

  @Test func `a shortcut that is cropped to a strided branch is noted`() throws {
    let sketch = Sketch()
      .calling("conv", conv(stride: 2), "x")
      .calling("crop", Cropping2D(cropping: ((2, 2), (2, 2))), "x")
      .calling("add", Add(), "crop", "conv")
    #expect(
      try sketch.notes("add") == [
        "layer 'add' (Add): 'crop' has stride 1×1 and 'conv' has stride 2×2 counted from 'x'; "
          + "their shapes were made to fit, but elements that are added stand for different places"
      ])
  }

  @Test func `a branch that is strided and scaled up again is noted`() throws {
    let sketch = Sketch()
      .calling("pool", MaxPooling2D(), "x")
      .calling("up", UpSampling2D(), "pool")
      .calling("add", Add(), "x", "up")
    let notes = try sketch.notes("add")
    #expect(notes.count == 1)
    #expect(notes[0].contains("'x' has stride 1×1 and 'up' has stride 2×2 counted from 'x'"))
  }

  @Test func `a branch that is pooled to one place and broadcast is noted`() throws {
    let sketch = Sketch()
      .calling("pool", GlobalAveragePooling2D(keepDimensions: true), "x")
      .calling("add", Add(), "x", "pool")
    let notes = try sketch.notes("add")
    #expect(notes.count == 2)
    #expect(notes.last?.contains("'pool' has stride 8×8 counted from 'x'") == true)
  }

  @Test func `strides inside a nested model count`() throws {
    let inner = try Sketch().calling("conv", conv(stride: 2), "x")
      .calling("up", UpSampling2D(), "conv").graph("up")
    let notes = try Sketch().calling("body", inner, "x").calling("add", Add(), "x", "body")
      .notes("add")
    #expect(notes.count == 1)
    #expect(notes[0].contains("'body' has stride 2×2 counted from 'x'"))
  }

  @Test func `a projection of the same stride gives no note, however it comes to it`() throws {
    for shortcut: any Layer in [
      conv(stride: 4), AveragePooling2D(poolSize: (4, 4)),
      MaxPooling2D(poolSize: (1, 1), strides: (4, 4)),
    ] {
      let sketch = Sketch()
        .calling("conv1", conv(stride: 2), "x")
        .calling("conv2", conv(stride: 2), "conv1")
        .calling("shortcut", shortcut, "x")
        .calling("add", Add(), "shortcut", "conv2")
      #expect(try sketch.notes("add") == [])
    }
  }

  @Test func `inputs of the model are not compared with each other`() throws {
    let sketch = Sketch(y: [nil, 16, 16, 4])
      .calling("pool", MaxPooling2D(), "y").calling("add", Add(), "x", "pool")
    #expect(try sketch.notes("add") == [])
  }

  @Test func `strides are counted on behind an addition that fits`() throws {
    let sketch = Sketch()
      .calling("conv", conv(stride: 2), "x").calling("shortcut", conv(stride: 2), "x")
      .calling("add", Add(), "conv", "shortcut")
      .calling("up", UpSampling2D(), "add").calling("end", Add(), "x", "up")
    #expect(try sketch.notes("end").count == 1)
  }

  @Test func `strides are counted on behind a gate`() throws {
    let sketch = Sketch()
      .calling("conv", conv(stride: 2), "x")
      .calling("squeeze", GlobalAveragePooling2D(keepDimensions: true), "conv")
      .calling("scale", Multiply(), "conv", "squeeze")
      .calling("crop", Cropping2D(cropping: ((0, 4), (0, 4))), "x")
      .calling("add", Add(), "crop", "scale")
    #expect(try sketch.notes("add").count == 1)
  }

  @Test func `strides are counted anew behind an addition of two inputs`() throws {
    let sketch = Sketch(y: [nil, 8, 8, 4])
      .calling("sum", Add(), "x", "y")
      .calling("pool", MaxPooling2D(), "sum").calling("up", UpSampling2D(), "pool")
      .calling("other", Add(), "x", "up")
    #expect(try sketch.notes("other") == [])
    let notes = try sketch.calling("add", Add(), "sum", "up").notes("other", "add")
    #expect(notes.count == 1)
    #expect(notes[0].contains("'up' has stride 2×2 counted from 'sum'"))
  }

  // MARK: - One tensor twice

  @Test(arguments: [Add(), Multiply(), Maximum(), Concatenate()] as [any Layer])
  func `a merge of one tensor with itself is noted`(layer: any Layer) throws {
    let sketch = Sketch().calling("conv", conv(), "x").calling("merge", layer, "conv", "conv")
    #expect(
      try sketch.notes("merge") == [
        "layer 'merge' (\(layer.kind)): takes 'conv' more than once; a tensor that is merged with "
          + "itself joins no two paths"
      ])
  }

  @Test func `two calls of one layer are two tensors`() throws {
    let sketch = Sketch().calling("conv", conv(), "x").again("conv")
      .calling("add", Add(), "conv", "conv:1")
    #expect(try sketch.notes("add") == [])
  }

  // MARK: - Dead branches

  @Test func `layers and calls that no output depends on are noted`() throws {
    let sketch = Sketch(y: [nil, 2])
      .calling("conv", conv(), "x").again("conv")
      .calling("side", conv(), "x").calling("relu", ReLU(), "side")
      .unused("spare", Identity())
    let sentence = "no output of the model depends on it; it is carried along and changes nothing"
    #expect(
      try sketch.notes("conv") == [
        "layer 'y' (InputLayer): \(sentence)", "layer 'conv:1' (Conv2D): \(sentence)",
        "layer 'side' (Conv2D): \(sentence)", "layer 'relu' (ReLU): \(sentence)",
        "layer 'spare' (Identity): \(sentence)",
      ])
  }

  @Test func `a branch that is an output of its own is not dead`() throws {
    let sketch = Sketch().calling("conv", conv(), "x").calling("side", conv(), "conv")
    #expect(try sketch.notes("conv", "side") == [])
  }

  @Test func `a nested model is looked at once, however often it is called`() throws {
    let inner = try Sketch().calling("conv", conv(), "x").calling("side", conv(), "x").graph("conv")
    let sketch = Sketch().calling("body", inner, "x").again("body")
    let notes = try sketch.notes("body:1")
    #expect(notes.count == 1)
    #expect(notes[0].hasPrefix("layer 'body/side' (Conv2D): no output"))
  }

  @Test func `a layer that is not supported keeps its branch alive and is the origin of its own`()
    throws
  {
    let lambda = UnsupportedLayer(path: "code", kind: "Lambda", reason: "", configuration: "{}")
    let graph = try Graph(
      name: "g", form: .functional,
      layers: [
        LayerNode(name: "x", body: .layer(InputLayer(batchShape: [nil, 8, 8, 4]))),
        LayerNode(name: "conv", body: .layer(conv(stride: 2))),
        LayerNode(name: "code", body: .unsupported(lambda)),
        LayerNode(name: "add", body: .layer(Add())),
      ],
      calls: [
        Call("x", inputs: []), Call("conv", inputs: [TensorReference("x")]),
        Call("code", inputs: [TensorReference("conv")]),
        Call("add", inputs: [TensorReference("x"), TensorReference("code")]),
      ], inputs: [TensorReference("x")], outputs: [TensorReference("add")])
    #expect(graph.residualNotes() == [])
  }
}
