import Glibc
import ModelLayers
import Testing

@Suite struct ReproducibilityTests {
  @Test func `the generators are those of their authors`() {
    // The first numbers of the authors' C code.
    var splitMix = SplitMix64(seed: 1_234_567)
    #expect(
      (0..<3).map { _ in splitMix.next() }
        == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
    var xoshiro = Xoshiro256(state: (1, 2, 3, 4))
    #expect(
      (0..<5).map { _ in xoshiro.next() }
        == [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360])
    var seeded = Xoshiro256(seed: 42)
    #expect(
      (0..<3).map { _ in seeded.next() }
        == [1_546_998_764_402_558_742, 6_990_951_692_964_543_102, 12_544_586_762_248_559_009])
  }

  @Test func `names are hashed by FNV-1a`() {
    // Test vectors of the hash's authors.
    #expect(Initializer.fnv1a([]) == 0xCBF2_9CE4_8422_2325)
    #expect(Initializer.fnv1a("a".utf8) == 0xAF63_DC4C_8601_EC8C)
    #expect(Initializer.fnv1a("foobar".utf8) == 0x8594_4171_F739_67E8)
    #expect(Initializer.stream(seed: 7, name: "conv1/kernel") == 0x86D3_A19E_53FA_9C11)
  }

  @Test func `the logarithm is that of the system to four units in the last place`() {
    var generator = Xoshiro256(seed: 3)
    // From the least sum of squares that the polar method can meet, 2⁻¹⁰⁴, to 1 and beyond.
    for exponent in -104...8 {
      for _ in 0..<40 {
        let x = scalbn(1 + Double(generator.next() >> 11) * 0x1p-53, Int32(exponent))
        let expected = log(x)
        #expect(abs(naturalLogarithm(x) - expected) <= 4 * expected.ulp, "ln \(x)")
      }
    }
    #expect(naturalLogarithm(1) == 0)
    #expect(abs(naturalLogarithm(1.0.nextDown) + 0x1p-53) <= 0x1p-104)
  }

  @Test func `values are the same on every machine`() throws {
    // Computed by an independent program, in Python, from the definitions of the generator, of
    // the polar method and of numpy's QR decomposition.
    func values(_ initializer: Initializer, _ shape: [Int] = [4]) throws -> [Float] {
      try initializer.values(shape: shape, stream: 42)
    }
    #expect(try values(.randomUniform()) == [-0.0416137, -0.012101975, 0.018004341, 0.042469293])
    #expect(
      try values(.randomNormal()) == [-0.036310956, -0.010559846, 0.011081135, 0.026138585])
    let doubles: [Double] = try Initializer.randomNormal(stddev: 1).values(shape: [2], stream: 42)
    #expect(doubles == [-0.7262191382447857, -0.21119691823195985])
    // The 20th number of the normal stream, 2.02…, is the first that truncation leaves out.
    let normal = try values(.randomNormal(stddev: 1), [21])
    #expect(normal[19] == 2.0237585621871)
    #expect(
      try values(.truncatedNormal(stddev: 1), [20]) == Array(normal[..<19]) + [-1.983728750917723])
    let stream = Initializer.stream(seed: 7, name: "conv1/kernel")
    let kernel: [Float] = try Initializer.glorotUniform().values(
      shape: [3, 3, 3, 64], stream: stream)
    #expect(kernel.prefix(3) == [0.009732121, 0.078751154, 0.07027973])
  }

  @Test func `a seed alone tells the values, and without one the stream does`() throws {
    func values(_ initializer: Initializer, _ stream: UInt64) throws -> [Float] {
      try initializer.values(shape: [3, 5], stream: stream)
    }
    let seeded: [@Sendable (UInt64?) -> Initializer] = [
      { .randomNormal(seed: $0) }, { .randomUniform(seed: $0) }, { .truncatedNormal(seed: $0) },
      { .varianceScaling(seed: $0) }, { .glorotUniform(seed: $0) }, { .glorotNormal(seed: $0) },
      { .heUniform(seed: $0) }, { .heNormal(seed: $0) }, { .lecunUniform(seed: $0) },
      { .lecunNormal(seed: $0) }, { .orthogonal(seed: $0) },
    ]
    for initializer in seeded {
      #expect(try values(initializer(5), 1) == values(initializer(5), 2))
      #expect(try values(initializer(5), 1) != values(initializer(6), 1))
      #expect(try values(initializer(nil), 1) == values(initializer(nil), 1))
      #expect(try values(initializer(nil), 1) != values(initializer(nil), 2))
    }
  }

  @Test func `streams differ by seed and by name`() {
    let names = (0..<100).map { "block\($0)/kernel" }
    let streams = (0..<10).flatMap { seed in
      names.map { Initializer.stream(seed: seed, name: $0) }
    }
    #expect(Set(streams).count == 1000)
  }
}
