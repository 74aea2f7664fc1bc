// swift-tools-version: 6.3
import PackageDescription

// A package of another's: it sees what is public, through the product, and nothing else.
let package = Package(
  name: "ExternalPackage",
  dependencies: [.package(name: "residual", path: "../..")],
  targets: [
    .executableTarget(
      name: "ExternalPackage",
      dependencies: [.product(name: "Residual", package: "residual")],
      swiftSettings: [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
      ])
  ]
)
