// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let collections: Target.Dependency = .product(
  name: "OrderedCollections", package: "swift-collections")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

/// A Swift module of this package, built with the package's settings.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The tests of the module of the same name; all of them share `TestSupport`.
func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: [.init(stringLiteral: name), "TestSupport", collections] + dependencies,
    swiftSettings: settings)
}

/// A program that shows how the library is used.
func example(_ name: String) -> Target {
  .executableTarget(
    name: name, dependencies: ["Residual"], path: "Examples/\(name)", swiftSettings: settings)
}

// oneDNN is a package of Linux distributions.
#if os(Linux)
let oneDNNByDefault: Set<String> = ["OneDNN"]
#else
let oneDNNByDefault: Set<String> = []
#endif

let oneDNN: Target.Dependency = .target(
  name: "OneDNNEngine", condition: .when(traits: ["OneDNN"]))

let package = Package(
  name: "residual",
  products: [
    .library(name: "Residual", targets: ["Residual"]),
    .library(name: "ResidualCore", targets: ["ResidualCore"]),
    .library(name: "OneDNNEngine", targets: ["OneDNNEngine"]),
    .executable(name: "resconv", targets: ["resconv"]),
    .executable(name: "resverify", targets: ["resverify"]),
  ],
  traits: [
    .trait(name: "OneDNN", description: "Runs models by oneDNN (libdnnl-dev)."),
    .default(enabledTraits: oneDNNByDefault),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
  ],
  targets: [
    // The system libraries. Each shim.h says why it exists.
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
    .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
    .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),

    // C generated from schemas/ by protoc-c.
    .target(name: "CModelProto", linkerSettings: [.linkedLibrary("protobuf-c")]),

    // XXH3, safely: of tensors in files, and of weights that goldens belong to.
    module("Checksums", ["CXXHash"]),
    // What layers compute: tensors, primitives, definitions.
    module("ModelLayers", [collections]),
    // What a model is: layers, calls, and what engines run.
    module("ModelGraph", ["ModelLayers", collections, heap]),
    // How models are built.
    module("ModelBuilder", ["ModelGraph", collections]),
    // How models are shown.
    module("ModelPresentation", ["ModelGraph", collections, heap]),
    // Files, groups, datasets and attributes, safely.
    module("HDF5", ["CHDF5", "CZlib"]),
    // Members of zip files, safely.
    module("Zip", ["CZip", "CDeflate"]),
    // Keras's layouts <-> Model.
    module("KerasFormat", ["ModelGraph", "HDF5", "Zip", collections]),
    // Our schema <-> Model.
    module(
      "ProtobufFormat", ["ModelGraph", "CModelProto", "CLinux", "Checksums", collections]),
    // Goldens in HDF5 and .npz.
    module("GoldenFormat", ["ModelGraph", "HDF5", "Zip", collections]),
    // Goldens against the reference pass: comparison, localisation, report.
    module("Verification", ["ModelGraph", "ModelPresentation", "Checksums", collections]),
    // The same graph, fast.
    module(
      "OneDNNEngine",
      [
        "ModelGraph", .target(name: "COneDNN", condition: .when(traits: ["OneDNN"])),
        collections,
      ]),
    // Loads and runs a .pb: what links neither libhdf5 nor libzip.
    module("ResidualCore", ["ModelGraph", "ProtobufFormat", collections]),
    // The facade: tell the format, load, write, convert.
    module(
      "Residual",
      [
        "ResidualCore", "ModelGraph", "ModelBuilder", "ModelPresentation", "HDF5", "KerasFormat",
        "ProtobufFormat", "GoldenFormat", "Verification", "CLinux", collections,
      ]),

    // What both programs share: supervision of the reading process, exit codes, terminal.
    module(
      "CommandSupport", ["Residual", "ModelGraph", "HDF5", "CLinux", argumentParser]),
    .executableTarget(
      name: "resconv", dependencies: ["CommandSupport", "Residual", argumentParser],
      swiftSettings: settings),
    .executableTarget(
      name: "resverify", dependencies: ["CommandSupport", "Residual", oneDNN, argumentParser],
      swiftSettings: settings),

    // What `make bench` measures of this package.
    .executableTarget(
      name: "Benchmarks", dependencies: ["Residual", argumentParser, oneDNN],
      path: "Benchmarks/Program", swiftSettings: settings),

    // Builds, shows, writes and checks the five kinds of residual blocks.
    example("ResidualBlocks"),
    // Gives a network that is built the weights of a Keras file.
    example("ResNetWeights"),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    tests(of: "ModelLayers"),
    tests(of: "ModelGraph", ["ModelBuilder"]),
    tests(of: "ModelBuilder", ["ModelGraph", "ModelPresentation"]),
    tests(of: "ModelPresentation", ["ModelGraph", "ModelBuilder"]),
    tests(of: "HDF5"),
    tests(of: "Zip"),
    tests(
      of: "KerasFormat",
      ["HDF5", "ModelGraph", "ModelBuilder", "ModelPresentation", "ProtobufFormat", "Zip"]),
    tests(of: "ProtobufFormat", ["CModelProto", "ModelGraph"]),
    tests(of: "OneDNNEngine", ["ModelGraph", "ModelBuilder", "Residual"]),
    tests(of: "GoldenFormat", ["HDF5", "ModelGraph", "Zip"]),
    tests(of: "Verification", ["ModelGraph", "ModelBuilder"]),
    tests(of: "ResidualCore", ["ModelGraph", "ProtobufFormat"]),
    tests(
      of: "Residual",
      [
        "ModelGraph", "HDF5", "GoldenFormat", "KerasFormat", "ProtobufFormat", "Verification",
        "Zip",
      ]),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "TestSupport", "CommandSupport", "HDF5", "resconv", "resverify", "Residual", collections,
      ],
      swiftSettings: settings),
  ]
)

// The fuzz targets, which need a sanitizer's runtime: `make fuzz` asks for them, users do not.
if Context.environment["RESIDUAL_FUZZING"] != nil {
  package.targets.append(
    .executableTarget(
      name: "Fuzzing",
      dependencies: [
        "GoldenFormat", "KerasFormat", "ModelGraph", "ModelPresentation",
        "ProtobufFormat", "ResidualCore", "Zip", collections,
      ],
      path: "Fuzzing/Program", swiftSettings: settings))
}
