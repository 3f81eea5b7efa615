package com.example.parcellockers.lockers.application

import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.ValueSource

class CollectParcelTest {
    private val opened = CollectionOutcome.Opened("A1")
    private val collectParcel = CollectParcel { lockerId, code ->
        if (lockerId == "harbour" && code.digits == "4711") opened else CollectionOutcome.WrongCode
    }

    @Test
    fun `the right code opens the compartment`() = runTest {
        assertEquals(opened, collectParcel("harbour", "4711"))
    }

    @ParameterizedTest
    @ValueSource(strings = ["0000", "471", "47111", "code"])
    fun `anything else opens nothing`(text: String) = runTest {
        assertEquals(CollectionOutcome.WrongCode, collectParcel("harbour", text))
    }
}
