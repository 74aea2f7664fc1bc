import ModelGraph
import Testing

@testable import KerasFormat

/// Layers whose configuration means something else in another version of Keras.
@Suite struct VersionedLayerTests {
  private func attributes(
    _ className: String, _ config: String, _ version: String, backend: String? = "tensorflow"
  ) throws -> Attributes {
    let translation = try #require(LayerTranslation.of(className: className))
    return try translation.attributes(
      ConfigReader(
        config: JSONParser.parse(Array(config.utf8)),
        version: KerasVersion(version, backend: backend)))
  }

  @Test(arguments: [
    ("2.15.0", "resized"), ("3.0.0", "resized"), ("3.6.0", "resized"), ("3.8.0", nil),
    ("3.15.1", nil),
  ])
  func `a random crop resizes or does nothing`(_ version: String, _ inference: String?) throws {
    let found = try attributes("RandomCrop", #"{"height": 3, "width": 2}"#, version)
    #expect(found["inference"] == inference.map { .string($0) })
  }

  @Test func `a version of which it is not known what it does is refused`() {
    #expect(throws: Unsupported.self) {
      try attributes("RandomCrop", #"{"height": 3, "width": 2}"#, "3.7.0")
    }
  }

  @Test func `the axes of a dot product are one for both inputs or a pair`() throws {
    let one = try attributes("Dot", #"{"axes": -1, "normalize": true}"#, "2.15.0")
    #expect(one["axes"] == .ints([-1, -1]))
    #expect(one["limit"] == .string("square"))
    let pair = try attributes("Dot", #"{"axes": [2, 1], "normalize": true}"#, "3.15.1")
    #expect(pair["axes"] == .ints([2, 1]))
    #expect(pair["limit"] == nil)
    #expect(try attributes("Dot", #"{"axes": 1}"#, "2.15.0")["limit"] == nil)
    #expect(throws: Unsupported.self) {
      try attributes("Dot", #"{"axes": 1, "normalize": true}"#, "3.15.1", backend: "numpy")
    }
    #expect(throws: Never.self) {
      try attributes("Dot", #"{"axes": 1, "normalize": false}"#, "3.15.1", backend: "numpy")
    }
  }

  @Test func `a size of an equation's result may be none or one alone`() throws {
    func shape(_ value: String) throws -> AttributeValue? {
      try attributes(
        "EinsumDense", #"{"equation": "ab,bc->ac", "output_shape": \#(value)}"#, "3.15.1")[
          "output_shape"]
    }
    #expect(try shape("[null, 5]") == .ints([-1, 5]))
    #expect(try shape("5") == .ints([5]))
    #expect(throws: KerasError.self) { try shape(#"[5, "a"]"#) }
  }

  @Test func `a resizing by cubics is its backend's`() throws {
    func distances(_ more: String, backend: String?) throws -> AttributeValue? {
      try attributes(
        "Resizing", #"{"height": 3, "width": 2, "interpolation": "bicubic"\#(more)}"#, "3.15.1",
        backend: backend)["distances"]
    }
    #expect(try distances("", backend: "tensorflow") == nil)
    #expect(try distances("", backend: "jax") == .string("exact"))
    #expect(throws: Unsupported.self) { try distances("", backend: nil) }
    // A kernel that is made wider is no table's.
    #expect(try distances(#", "antialias": true"#, backend: nil) == nil)
    #expect(throws: Unsupported.self) { try distances(#", "fill_mode": "wrap""#, backend: "jax") }
  }
}
