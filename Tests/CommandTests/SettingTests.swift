import TestSupport
import Testing

/// What the environment says is understood, or an error.
@Suite struct SettingTests {
  private static let wrong = [
    ("RESIDUAL_SHARD_BYTES", ["abc", "0", "-1", "", "1e6", "2147483648", " 5"]),
    ("RESIDUAL_HDF5_SECONDS", ["abc", "0", "-1", "", "nan", "inf", "0.5", "1000001"]),
    ("RESIDUAL_SUPERVISION", ["1", "", "OFF"]),
  ].flatMap { name, values in values.map { (name, $0) } }

  private static let expected = [
    "RESIDUAL_SHARD_BYTES": "a whole number from 1 to 2147483647",
    "RESIDUAL_HDF5_SECONDS": "a whole number from 1 to 1000000",
    "RESIDUAL_SUPERVISION": "'on' or 'off'",
  ]

  @Test(arguments: wrong)
  func `a setting that is not understood is an error`(name: String, value: String) throws {
    let expected = try #require(Self.expected[name])
    for program in [try Programs.resconv, try Programs.resverify] {
      let outcome = try program.run(["--version"], in: "/", environment: [name: value])
      #expect(
        outcome == .init(error: "\(name) is '\(value)'; expected \(expected)\n", code: 64))
    }
  }

  @Test(arguments: [
    ("RESIDUAL_SHARD_BYTES", "1"), ("RESIDUAL_SHARD_BYTES", "2147483647"),
    ("RESIDUAL_HDF5_SECONDS", "1"), ("RESIDUAL_SUPERVISION", "on"),
  ])
  func `a setting that is understood is none`(name: String, value: String) throws {
    let outcome = try Programs.resconv.run(["--version"], in: "/", environment: [name: value])
    #expect(outcome.code == 0 && outcome.error == "")
  }
}
