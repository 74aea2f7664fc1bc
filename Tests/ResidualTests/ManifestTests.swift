import Foundation
import Residual
import TestSupport
import Testing

/// `fixtures/manifest.json` and the folder that it lists.
@Suite struct ManifestTests {
  @Test func `every file is what the manifest says`() throws {
    let models = Fixture.all.map { ($0.sha256, $0.file) }
    let summaries = Fixture.all.flatMap { $0.summaries ?? [] }.map { ($0.sha256, $0.file) }
    let lines = (models + summaries).map { "\($0)  \($1)\n" }.joined()
    let folder = try TemporaryFolder()
    let list = try folder.write(lines.utf8, to: "sums")
    let outcome = try Program(path: "/usr/bin/sha256sum")
      .run(["--check", "--quiet", "--strict", list], in: Repository.file("fixtures"))
    #expect(outcome == .init())
  }

  @Test func `every model file of the folder is in the manifest`() throws {
    let files = try FileManager.default.subpathsOfDirectory(atPath: Repository.file("fixtures"))
    let models = files.filter {
      ($0.hasSuffix(".h5") && !$0.hasSuffix(".golden.h5") || $0.hasSuffix(".keras"))
        // Files for the HDF5 module alone, weights without their model, and models that no reader
        // understands yet.
        && !$0.hasPrefix("hdf5/") && !$0.hasPrefix("weights/") && !$0.hasPrefix("pending/")
    }
    #expect(models.count > 200)
    #expect(Set(models) == Set(Fixture.all.map(\.file)))
  }

  @Test func `every registered layer has a fixture that Keras wrote`() {
    var covered = Set(Fixture.valid.filter { $0.golden != nil }.flatMap { $0.layers ?? [] })
    // Keras's class has another name than the layer that it is for everybody.
    if covered.contains("GroupedQueryAttention") { covered.insert(GroupQueryAttention.kind) }
    // A `TimeDistributed` of a model is made of these.
    if Fixture.valid.contains(where: { $0.name == "time_distributed_models" }) {
      covered.formUnion([JoinedSteps.kind, SplitSteps.kind])
    }
    // Keras 1 has these by ways of other classes.
    for (name, kind) in [
      ("keras1/cosines", CosineSimilarity.kind), ("keras1/gone", FeatureNormalization.kind),
    ] where Fixture.valid.contains(where: { $0.name == name }) { covered.insert(kind) }
    let uncovered = LayerRegistry.builtIn.map { $0.kind }.filter { !covered.contains($0) }
    #expect(uncovered == [])
  }
}
