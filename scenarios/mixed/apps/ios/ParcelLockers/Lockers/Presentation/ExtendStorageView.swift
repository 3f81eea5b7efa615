import SwiftUI

struct ExtendStorageView: View {
    let lockerID: Locker.ID
    let parcelID: String
    let extendStorage: ExtendStorage

    @State private var outcome: ExtensionOutcome?

    var body: some View {
        Form {
            Button("extend.ask", action: ask)
            answer
        }
        .navigationTitle("extend.title")
    }

    private var answer: AnyView {
        if outcome == .tooLate {
            return AnyView(Label("extend.too-late", systemImage: "clock.badge.xmark"))
        }
        return AnyView(Text("extend.prompt"))
    }

    private func ask() {
        Task {
            outcome = try await extendStorage(of: parcelID, at: lockerID)
            print("extension", outcome!)
        }
    }
}
