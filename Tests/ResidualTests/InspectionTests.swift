@testable import Residual
import TestSupport
import Testing

@Suite struct InspectionTests {
  @Test func `a file is told in numbers`() throws {
    let folder = try TemporaryFolder()
    try smallModel(goldens: [smallGolden()]).write(toFile: folder.file("a.pb"))
    let inspection = try Inspection(ModelFile(path: folder.file("a.pb")))
    #expect(inspection.format == .protobuf)
    #expect(inspection.parameterCount == 4)
    #expect(inspection.trainableParameterCount == 4)
    #expect(inspection.weightByteCount == 16)
    #expect(inspection.otherTensorCount == 0)
    #expect(inspection.inputs == [.init(name: "input", shape: [nil, 2])])
    #expect(inspection.outputs == [.init(name: "dense", shape: [nil, 2])])
    #expect(inspection.calls.map(\.inputs) == [[], ["input"]])
    #expect(inspection.goldens.map(\.cases) == [["one"]])
  }

  @Test func `a layer that cannot be run has no shape and a reason`() throws {
    let folder = try TemporaryFolder()
    try smallModel(isSupported: false).write(toFile: folder.file("a.pb"))
    let inspection = try Inspection(ModelFile(path: folder.file("a.pb")))
    #expect(inspection.outputs == [.init(name: "dense", shape: nil)])
    #expect(inspection.unsupported.map(\.kind) == ["Lambda"])
  }
}
