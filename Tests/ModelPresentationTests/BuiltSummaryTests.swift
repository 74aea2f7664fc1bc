import ModelBuilder
import ModelPresentation
import ModelGraph
import TestSupport
import Testing

/// The summaries of the residual blocks, against those that Keras 3 prints of the same models:
/// `Tests/interop/summarize.py` made them of the files that `Examples/ResidualBlocks` writes.
@Suite struct BuiltSummaryTests {
  @Test(arguments: [
    ("basic", ResidualBlock.basic(filters: 64)), ("activated", .activated(filters: 64)),
    ("batch_normalized", .batchNormalized(filters: 64)),
    ("expand_contract", .expandContract(filters: 64)), ("bottleneck", .bottleneck(filters: 64)),
    ("identity", .identity()),
  ])
  func `each block's summary is Keras's`(name: String, block: ResidualBlock) throws {
    let input = Input(shape: [32, 32, 64])
    let model = try Model(inputs: input, outputs: block(input), name: name)
    let keras = try bytes(ofFile: Repository.fixture("built_blocks/\(name).summary.txt"))
    let lines = { (text: String) in
      text.split(separator: "\n").map { line in
        line.reversed().drop { $0 == " " }.reversed().map(String.init).joined()
      }
    }
    #expect(lines(model.summary(width: 120)) == lines(String(decoding: keras, as: UTF8.self)))
  }
}
