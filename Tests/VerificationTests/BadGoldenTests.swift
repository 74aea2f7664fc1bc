import OrderedCollections
import ModelGraph
import Testing

@testable import Verification

/// Goldens that nothing can be proved with: each has its own status and sentence, and none passes.
@Suite struct BadGoldenTests {
  /// What a change makes of a golden, and what is said of it.
  struct Fault: Sendable, CustomTestStringConvertible {
    var name: String
    var verdict: VerificationReport.Verdict
    var conclusion: String
    var change: @Sendable (inout GoldenCase) throws -> Void
    var testDescription: String { name }
  }

  private static let faults = [
    Fault(
      name: "an extra call", verdict: .couldNotTell,
      conclusion: "could not tell: the model has no tensors for 'calls/third' of the golden"
    ) { $0.calls["third"] = $0.calls["first"] },
    Fault(
      name: "an extra output", verdict: .couldNotTell,
      conclusion: "could not tell: the model has no tensors for 'outputs/first' of the golden"
    ) { $0.outputs["first"] = $0.calls["first"] },
    Fault(
      name: "no output", verdict: .couldNotTell,
      conclusion: "could not tell: case 'random', output 'add': not recorded"
    ) {
      $0.outputs = [:]
      $0.calls["add"] = nil
    },
    Fault(
      name: "nothing recorded", verdict: .couldNotTell,
      conclusion: "could not tell: nothing was compared"
    ) {
      $0.outputs = [:]
      $0.calls = [:]
    },
    Fault(
      name: "another shape", verdict: .differs,
      conclusion: "differs: case 'random', call 'second' (Linear) is the first to diverge: "
        + "has shape [3, 12], the golden [12, 3]"
    ) {
      let array = try $0.calls["second"]?.array(Float.self).elements ?? []
      $0.calls["second"] = Tensor(NDArray<Float>([12, 3], array))
    },
    Fault(
      name: "NaN", verdict: .couldNotTell,
      conclusion: "could not tell: case 'random', call 'relu': golden holds NaN"
    ) { $0.calls["relu"] = try $0.calls["relu"]?.changed { $0[5] = .nan } },
    Fault(
      name: "NaN in an output", verdict: .couldNotTell,
      conclusion: "could not tell: case 'random', output 'add': golden holds NaN"
    ) { $0.outputs["add"] = try $0.outputs["add"]?.changed { $0[0] = .nan } },
    Fault(
      name: "all zeros", verdict: .differs,
      conclusion: "differs: case 'random', call 'first' (Linear) is the first to diverge: "
    ) {
      for name in $0.calls.keys { $0.calls[name] = Tensor(NDArray<Float>(repeating: 0, [3, 12])) }
    },
    Fault(
      name: "whole numbers", verdict: .couldNotTell,
      conclusion:
        "could not tell: case 'random', call 'second': golden is int32, which hides faults"
    ) { $0.calls["second"] = try $0.calls["second"]?.rounded(to: .int32) },
    Fault(
      name: "float16", verdict: .couldNotTell,
      conclusion:
        "could not tell: case 'random', call 'second': golden is float16, which hides faults"
    ) { $0.calls["second"] = try $0.calls["second"]?.rounded(to: .float16) },
    Fault(
      name: "an output in float16", verdict: .couldNotTell,
      conclusion:
        "could not tell: case 'random', output 'add': golden is float16, which hides faults"
    ) { $0.outputs["add"] = try $0.outputs["add"]?.rounded(to: .float16) },
  ]

  @Test(arguments: faults)
  func `it is found`(fault: Fault) throws {
    var golden = try Golden.block()
    try fault.change(&golden.cases[0])
    let report = try Verifier().verify(Block.model(), against: golden)
    #expect(report.verdict == fault.verdict)
    #expect(report.conclusion.hasPrefix(fault.conclusion), "\(report.conclusion)")
    #expect(fault.verdict == .differs || report.count(of: .wrong) == 0)
  }

  /// Whether the source went on with NaN or the golden alone has it, nobody knows.
  @Test(arguments: [nil, 0, 3] as [Float?])
  func `what NaN reaches says nothing, and all else as much as ever`(next: Float?) throws {
    var golden = try Golden.block()
    golden.cases[0].calls["norm"] = try golden.cases[0].calls["norm"]?.changed { $0[5] = .nan }
    if let next {
      golden.cases[0].calls["relu"] = try golden.cases[0].calls["relu"]?.changed { $0[5] = next }
    }
    let one = try Verifier().verify(Block.model(), against: golden).cases[0]
    #expect(one.calls[1...2].map(\.reason) == [.notANumber, .givenNaN])
    #expect(one.calls.prefix(3).allSatisfy { $0.verdict != .wrong && !$0.isCumulative })
    golden.cases[0].calls["relu"] = try golden.cases[0].calls["relu"]?.changed { $0[6] += 0.001 }
    let other = try Verifier().verify(Block.model(), against: golden)
    #expect(other.firstDivergence?.call.path == "relu")
    #expect(other.firstDivergence?.call.statistics?.wrongCount == 1)
  }

  @Test func `what NaN reaches through what is not recorded says nothing`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls["first"] = try golden.cases[0].calls["first"]?.changed { $0[5] = .nan }
    golden.cases[0].calls["norm"] = nil
    let report = try Verifier().verify(Block.model(), against: golden)
    #expect(report.cases[0].calls[2].reason == .givenNaN)
    #expect(report.conclusion == "could not tell: case 'random', call 'first': golden holds NaN")
  }

  @Test func `inputs that are others are errors`() throws {
    func sentence(_ change: (inout GoldenCase) -> Void) throws -> String? {
      var golden = try Golden.block()
      change(&golden.cases[0])
      return #expect(throws: VerificationError.self) {
        try Verifier().verify(Block.model(), against: golden)
      }?.description
    }
    #expect(try sentence { $0.inputs = [:] }?.hasPrefix("case 'random': ") == true)
    #expect(
      try sentence { $0.inputs["input"] = Tensor(NDArray<Float>(repeating: 1, [3, 5])) }
        == "case 'random': input 'input' has shape [3, 5]; expected [None, 12]")
    let extra = try sentence { $0.inputs["other"] = $0.inputs["input"] }
    #expect(extra?.contains("'other'") == true)
  }

  @Test func `a type that holds what the layer computes is none`() throws {
    var golden = try Golden.block()
    let double: NDArray<Double> = try #require(golden.cases[0].calls["second"]).array()
    golden.cases[0].calls["second"] = Tensor(double)
    #expect(try Verifier().verify(Block.model(), against: golden).verdict == .agrees)
    golden.cases[0].calls["second"] = try golden.cases[0].calls["second"]?.rounded(to: .float16)
    let half = try Verifier().verify(Block.model(computeType: .float16), against: golden)
    #expect(half.cases[0].calls[3].reason == nil)
  }
}

extension Tensor {
  /// This tensor in a type that holds less.
  fileprivate func rounded(to dtype: DType) throws -> Tensor {
    let elements = try array(Float.self).elements
    let bytes: [UInt8] = elements.flatMap { element -> [UInt8] in
      let bits: UInt32 =
        dtype == .float16
        ? UInt32(Float16(element).bitPattern)
        : UInt32(bitPattern: Int32(element.rounded()))
      return (0..<dtype.byteCount).map { UInt8(truncatingIfNeeded: bits >> UInt32($0 * 8)) }
    }
    return try Tensor(dtype: dtype, dimensions: dimensions, bytes: OwnedBytes(bytes))
  }
}
