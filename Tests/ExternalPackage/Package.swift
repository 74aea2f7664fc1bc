// swift-tools-version: 6.3
import PackageDescription

func program(_ name: String, product: String) -> Target {
  .executableTarget(
    name: name,
    dependencies: [.product(name: product, package: "residual")],
    swiftSettings: [
      .swiftLanguageMode(.v6),
      .enableUpcomingFeature("MemberImportVisibility"),
      .enableUpcomingFeature("InternalImportsByDefault"),
    ])
}

// A package of another's: it sees what is public, through the product, and nothing else.
let package = Package(
  name: "ExternalPackage",
  dependencies: [.package(name: "residual", path: "../..")],
  targets: [
    // Uses all there is.
    program("ExternalPackage", product: "Residual"),
    // Loads and runs, and links no more than that needs.
    program("CoreLoader", product: "ResidualCore"),
  ]
)
