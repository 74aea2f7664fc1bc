import ModelGraph
import Testing

@testable import KerasFormat

@Suite struct WrittenCallTests {
  private func inputs(_ text: String) throws -> [String] {
    try WrittenCall(JSONParser.parse(Array(text.utf8))).tensors.map(\.description)
  }

  @Test func `Keras 2 lists references, with or without arguments`() throws {
    #expect(try inputs(#"[["a", 0, 0, {}], ["b", 1, 2, {}]]"#) == ["a:0:0", "b:1:2"])
    #expect(try inputs(#"[["a", 0, 0]]"#) == ["a:0:0"])
  }

  @Test func `an operation's only tensor may stand alone, and others among its arguments`() throws {
    #expect(try inputs(#"["a", 0, 0, {"y": ["b", 0, 0], "name": null}]"#) == ["a:0:0", "b:0:0"])
    #expect(try inputs(#"["_CONSTANT_VALUE", -1, 2.0, {"y": ["b", 0, 0]}]"#) == ["b:0:0"])
  }

  @Test func `Keras 3 has tensors anywhere among arguments`() throws {
    let tensor = { (name: String) in
      #"{"class_name": "__keras_tensor__", "config": {"shape": [null], "dtype": "float32", "#
        + #""keras_history": ["\#(name)", 0, 0]}}"#
    }
    let text = #"{"args": [[\#(tensor("a")), \#(tensor("b"))]], "kwargs": {"mask": null}}"#
    #expect(try inputs(text) == ["a:0:0", "b:0:0"])
  }

  @Test(arguments: [#"[]"#, #"[["a", -1, 0, {}]]"#, #""a""#, #"[["a", "b", 0]]"#])
  func `what refers to no tensor is refused`(text: String) throws {
    #expect(throws: KerasError.self) { try inputs(text) }
  }

  @Test func `inputs and outputs are one reference, a list, or a structure by sorted keys`() throws
  {
    let cases = [
      #"["a", 0, 0]"#: ["a:0:0"],
      #"[["a", 0, 0], ["b", 1, 0]]"#: ["a:0:0", "b:1:0"],
      #"{"q": ["b", 0, 0], "p": [["a", 0, 0]]}"#: ["a:0:0", "b:0:0"],
    ]
    for (text, expected) in cases {
      let value = try JSONParser.parse(Array(text.utf8))
      #expect(WrittenCall.references(in: value).map(\.description) == expected)
    }
  }
}
