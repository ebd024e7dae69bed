(** P22, what cannot.

    Registry: a linear network of any width has the values of a rule on symbols only if every number that it shows depends on one
    symbol at most, and the signs only if f is a threshold function. If sigma is odd and there are no biases, phase input or
    h(0), y(-x) = -y(x): on inputs closed under x -> -x its accuracy is at most 1 - P(u(-x) = u(x)) / 2. All inputs. One input that is
    always 1, or biases, remove the second obstruction; P23 then builds it.
    Here: any ordered domain, any sizes; symbols shown by any code; the numbers shown are signs, or 0, ..., q-1 as the symbols. *)
From mathcomp Require Import all_ssreflect ssralg ssrnum matrix.
Require Import linear_tasks neurons p13_saturating_write p23_threshold.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory Order.TTheory.
Local Open Scope ring_scope.

Section Definitions.
Variables (R : realDomainType) (A : finType) (p d e a : nat) (code : A -> 'cV[R]_e).
Local Notation memory := {ffun 'I_p.+1 * 'I_d -> A}.
Implicit Type f : memory -> R.

(** While inputs come they show the symbols of the memory. [more] is a phase, or whatever else does not depend on them. *)
Definition with_symbols (more : nat -> 'cV[R]_a) (x : memory) t : 'cV[R]_(\sum_(c < d) e + a) :=
  col_mx (\mxcol_(c < d) if (t <= p)%N then code (x (inord t, c)) else 0) (more t).

Definition indifferent f i := forall x y : memory, (forall j, j != i -> x j = y j) -> f x = f y.
Definition of_one_symbol_at_most f := forall i j, i != j -> indifferent f i \/ indifferent f j.

Definition threshold_of_symbols f := exists (w : 'I_p.+1 * 'I_d -> 'rV[R]_e) b,
  forall x, 0 < f x * (\sum_i (w i *m code (x i)) ord0 ord0 + b).

End Definitions.

(** A linear network shows a sum, a term for each symbol. *)
Section Sums.
Variables (R : realDomainType) (A : finType) (p d e : nat) (code : A -> 'cV[R]_e).
Local Notation memory := {ffun 'I_p.+1 * 'I_d -> A}.

Definition a_sum m (g : memory -> 'cV[R]_m) := exists (M : 'I_p.+1 * 'I_d -> 'M[R]_(m, e)) C,
  forall x, g x = \sum_i M i *m code (x i) + C.

Lemma sum_fixed m (C : 'cV[R]_m) : a_sum (fun _ => C).
Proof. by exists (fun _ => 0), C => x; rewrite big1 ?add0r // => i _; rewrite mul0mx. Qed.

Lemma sum_same m (g g' : memory -> 'cV[R]_m) : (forall x, g x = g' x) -> a_sum g -> a_sum g'.
Proof. by move=> same [M [C gE]]; exists M, C => x; rewrite -same gE. Qed.

Lemma sum_add m (g g' : memory -> 'cV[R]_m) : a_sum g -> a_sum g' -> a_sum (fun x => g x + g' x).
Proof.
move=> [M [C gE]] [M' [C' gE']]; exists (fun i => M i + M' i), (C + C') => x; rewrite gE gE' addrACA -big_split /=.
by congr (_ + _); apply: eq_bigr => i _; rewrite mulmxDl.
Qed.

Lemma sum_mul m k (B : 'M[R]_(k, m)) (g : memory -> 'cV[R]_m) : a_sum g -> a_sum (fun x => B *m g x).
Proof.
move=> [M [C gE]]; exists (fun i => B *m M i), (B *m C) => x; rewrite gE mulmxDr mulmx_sumr.
by congr (_ + _); apply: eq_bigr => i _; rewrite mulmxA.
Qed.

Lemma sum_symbol i : a_sum (fun x => code (x i)).
Proof.
exists (fun j => (j == i)%:R%:M), 0 => x; rewrite addr0 (bigD1 i) //= eqxx mul1mx big1 ?addr0 // => j /negbTE ->.
by rewrite raddf0 mul0mx.
Qed.

Lemma sum_column k (g : 'I_k -> memory -> 'cV[R]_e) : (forall c, a_sum (g c)) -> a_sum (fun x => \mxcol_(c < k) g c x).
Proof.
move/fin_all_exists => [M /fin_all_exists[C gE]]; exists (fun i => \mxcol_c M c i), (\mxcol_c C c) => x.
rewrite (eq_bigr (fun i => \mxcol_c (M c i *m code (x i)))) => [|i _]; last by rewrite mxcol_mul.
by rewrite -mxcol_sum -mxcolD; apply: eq_mxcol => c; rewrite gE.
Qed.

Variables (a m : nat) (more : nat -> 'cV[R]_a) (w : network R (\sum_(c < d) e + a) m).
Local Notation given := (with_symbols code more).

Lemma sum_given t : a_sum (fun x => given x t).
Proof.
apply: (sum_same (g := fun x => col_mx 1%:M 0 *m (\mxcol_(c < d) if (t <= p)%N then code (x (inord t, c)) else 0) + col_mx 0 (more t))).
  by move=> x; rewrite mul_col_mx mul1mx mul0mx add_col_mx addr0 add0r.
apply: sum_add (sum_fixed _); apply: sum_mul; apply: sum_column => c.
by case: (t <= p)%N; [exact: sum_symbol | exact: sum_fixed].
Qed.

Lemma sum_output t : a_sum (fun x => output linear w (given x) t).
Proof.
apply: sum_add (sum_fixed _); apply: sum_mul; elim: t.+1 => [|k IH]; first exact: sum_fixed.
have [M [C E]] := sum_add (sum_add (sum_mul (W_hh w) IH) (sum_mul (W_uh w) (sum_given k))) (sum_fixed (b_h w)).
by exists M, C => x; rewrite stateS E.
Qed.

Lemma terms_of_output t c : exists (g : 'I_p.+1 * 'I_d -> 'rV[R]_e) b,
  forall x, output linear w (given x) t c ord0 = \sum_i (g i *m code (x i)) ord0 ord0 + b.
Proof.
have [M [C E]] := sum_output t; exists (fun i => row c (M i)), (C c ord0) => x.
rewrite E mxE summxE; congr (_ + _); apply: eq_bigr => i _.
by rewrite -row_mul [RHS]mxE.
Qed.

(** Two symbols act independently. *)
Lemma apart_from (g : 'I_p.+1 * 'I_d -> A -> R) (f : memory -> R) b i :
  (forall x, f x = \sum_j g j (x j) + b) -> (forall v v', g i v = g i v') -> indifferent f i.
Proof.
move=> fE same x y xy; rewrite !fE; congr (_ + _); apply: eq_bigr => j _.
by case: (eqVneq j i) => [->|/xy -> //]; exact: same.
Qed.

Lemma constant_or_not (g : A -> R) : (forall v v', g v = g v') \/ exists v v', g v != g v'.
Proof.
case: (boolP [forall v, forall v', g v == g v']) => [/forallP same|/forallPn[v /forallPn[v' vv]]]; last by right; exists v, v'.
by left=> v v'; apply/eqP; move: v'; exact/forallP.
Qed.

Definition put (x : memory) i v : memory := [ffun j => if j == i then v else x j].

Lemma put_term (g : 'I_p.+1 * 'I_d -> A -> R) (f : memory -> R) b x i v v' :
  (forall x, f x = \sum_j g j (x j) + b) -> f (put x i v') = f (put x i v) + (g i v' - g i v).
Proof.
move=> fE; rewrite !fE addrAC; congr (_ + _); rewrite (bigD1 i) //= [in RHS](bigD1 i) //= !ffunE eqxx.
rewrite addrAC [g i v + _]addrC subrK; congr (_ + _); apply: eq_bigr => j /negbTE ji.
by rewrite !ffunE ji.
Qed.

Lemma put_other x i j v v' : i != j -> put (put x i v) j v' = put (put x j v') i v.
Proof.
move=> ij; apply/ffunP => k; rewrite !ffunE; case: (eqVneq k j) => // ->.
by rewrite eq_sym (negbTE ij).
Qed.
End Sums.

Lemma four_signs (R : realDomainType) (z x y : R) : sign z -> sign (z + x) -> sign (z + y) -> sign (z + x + y) -> x != 0 -> y = 0.
Proof.
have same (v v' : R) : sign v -> sign v' -> v' = v \/ v' = - v.
  by case=> ->; case=> ->; rewrite ?opprK; [left|right|right|left].
move=> sz /(same _ _ sz)[/eqP|zx]; first by rewrite -subr_eq0 addrC addKr => -> .
move=> /(same _ _ sz)[/eqP|zy]; first by rewrite -subr_eq0 addrC addKr => /eqP.
have z0 : z != 0 by case: sz => ->; rewrite ?oppr_eq0 oner_neq0.
have -> : y = - (z *+ 2) by rewrite -[y](addKr z) zy mulr2n opprD.
rewrite zx => /(same _ _ sz)[] /eqP; rewrite -subr_eq0.
  by rewrite -!opprD -mulrS -mulrSr oppr_eq0 mulrn_eq0 (negbTE z0).
by rewrite opprK addrAC addNr add0r oppr_eq0 mulrn_eq0 (negbTE z0).
Qed.

Theorem linear_values_in_signs (R : realDomainType) (A : finType) (p d e a m : nat) (code : A -> 'cV[R]_e)
    (more : nat -> 'cV[R]_a) (w : network R (\sum_(c < d) e + a) m) (f : 'I_m -> {ffun 'I_p.+1 * 'I_d -> A} -> R) :
  (forall c x, sign (f c x)) -> (forall x c, output linear w (with_symbols code more x) p.+1 c ord0 = f c x) ->
  forall c, of_one_symbol_at_most (f c).
Proof.
move=> signs right c i j ij; have [g [b E]] := @terms_of_output R A p d e code a m more w p.+1 c.
pose term k v := (g k *m code v) ord0 ord0; have fE x : f c x = \sum_k term k (x k) + b by rewrite -right E.
case: (constant_or_not (term i)) => [same|[v [v' vv]]]; first by left; exact: apart_from fE same.
case: (constant_or_not (term j)) => [same|[y [y' yy]]]; first by right; exact: apart_from fE same.
exfalso; set z := f c (put (put [ffun => v] i v) j y).
have move_i t : f c (put (put [ffun => v] i v') j t) = f c (put (put [ffun => v] i v) j t) + (term i v' - term i v).
  by rewrite !(put_other _ _ _ ij) (put_term _ _ v v' fE).
have move_j t : f c (put (put [ffun => v] i t) j y') = f c (put (put [ffun => v] i t) j y) + (term j y' - term j y).
  exact: put_term fE.
have := four_signs (z := z) (x := term i v' - term i v) (y := term j y' - term j y) (signs _ _).
rewrite -move_i -!move_j => /(_ (signs _ _) (signs _ _) (signs _ _)); rewrite subr_eq0 eq_sym vv => /(_ isT)/eqP.
by rewrite subr_eq0 eq_sym (negbTE yy).
Qed.

Lemma apart_naturals (R : realDomainType) (k k' : nat) : k%:R != k'%:R :> R -> 1 <= `|k%:R - k'%:R : R|.
Proof.
rewrite eqr_nat neq_ltn => /orP[] kk; first rewrite distrC.
all: by rewrite -natrB 1?ltnW // ger0_norm ?ler0n // -[1]/(1%:R) ler_nat subn_gt0.
Qed.

Theorem linear_values_in_numbers (R : realDomainType) (p d q a m : nat)
    (more : nat -> 'cV[R]_a) (w : network R (\sum_(c < d) 1 + a) m) (rule : 'I_m -> {ffun 'I_p.+1 * 'I_d -> 'I_q} -> 'I_q) :
  (forall x c, output linear w (with_symbols (fun v : 'I_q => v%:R%:M) more x) p.+1 c ord0 = (rule c x)%:R) ->
  forall c, of_one_symbol_at_most (fun x => (rule c x)%:R : R).
Proof.
move=> right c i j ij; have [g [b E]] := @terms_of_output R _ p d 1 (fun v : 'I_q => v%:R%:M) a m more w p.+1 c.
pose term k (v : 'I_q) : R := g k ord0 ord0 * v%:R; pose f x : R := (rule c x)%:R.
have fE x : f x = \sum_k term k (x k) + b.
  rewrite /f -right E; congr (_ + _); apply: eq_bigr => k _.
  by rewrite mul_mx_scalar mxE mulrC.
case: (constant_or_not (term i)) => [same|[v [v' vv]]]; first by left; exact: apart_from fE same.
case: (constant_or_not (term j)) => [same|[y [y' yy]]]; first by right; exact: apart_from fE same.
have q1 : (1 < q)%N.
  apply: contraNT vv; rewrite -leqNgt => q1; have only (z : 'I_q) : z = 0%N :> nat.
    by apply/eqP; rewrite -leqn0 -ltnS (leq_trans (ltn_ord z)).
  by rewrite /term !only.
have q0 : (0 < q)%N := ltnW q1; have qr : (q.-1 < q)%N by rewrite prednK.
pose zero := Ordinal q0; pose one := Ordinal q1; pose r := Ordinal qr.
pose o : {ffun 'I_p.+1 * 'I_d -> 'I_q} := [ffun => zero].
(* slopes are integers *)
have slope k (z z' : 'I_q) : term k z != term k z' -> 1 <= `|g k ord0 ord0|.
  move=> zz; have := put_term o k zero one fE; rewrite /term mulr0 subr0 mulr1 /f => step.
  have gE : g k ord0 ord0 = (rule c (put o k one))%:R - (rule c (put o k zero))%:R by rewrite step addrC addKr.
  rewrite gE; apply: apart_naturals; rewrite -subr_eq0 -gE; apply: contraNneq zz => g0.
  by rewrite /term g0 !mul0r.
(* the greatest and the least value differ by more than q - 1 *)
pose top k := if 0 <= g k ord0 ord0 then r else zero; pose low k := if 0 <= g k ord0 ord0 then zero else r.
have span k : term k (top k) - term k (low k) = `|g k ord0 ord0| * q.-1%:R.
  rewrite /term /top /low; case: (lerP 0 (g k ord0 ord0)) => gk; rewrite mulr0 ?subr0 ?sub0r; first by rewrite ger0_norm.
  by rewrite ltr0_norm // mulNr.
have wide : f (put (put o i (top i)) j (top j)) - f (put (put o i (low i)) j (low j))
    = (`|g i ord0 ord0| + `|g j ord0 ord0|) * q.-1%:R.
  rewrite (put_term _ j (low j) (top j) fE) span !(put_other _ _ _ ij) (put_term _ i (low i) (top i) fE) span.
  by rewrite addrAC [X in X + _]addrAC subrr add0r mulrDl.
exfalso; have : (1 + 1) * q.-1%:R <= f (put (put o i (top i)) j (top j)) :> R.
  apply: le_trans (_ : (`|g i ord0 ord0| + `|g j ord0 ord0|) * q.-1%:R <= _).
    by rewrite ler_wpmul2r ?ler0n // ler_add // (slope _ _ _ vv, slope _ _ _ yy).
  by rewrite -wide ler_subl_addr ler_addl ler0n.
rewrite -[1 + 1]/(2%:R) -natrM ler_nat leqNgt; apply/negP; rewrite negbK.
apply: leq_trans (ltn_ord (rule c _)) _; case: q q1
  {right g E term f fE v v' vv y y' yy q0 qr zero one r o slope top low span wide rule} => [|[|q]] // _.
by rewrite mul2n -addnn /= addSn ltnS leq_addl.
Qed.

Theorem linear_signs (R : realDomainType) (A : finType) (p d e a m : nat) (code : A -> 'cV[R]_e)
    (more : nat -> 'cV[R]_a) (w : network R (\sum_(c < d) e + a) m) (f : 'I_m -> {ffun 'I_p.+1 * 'I_d -> A} -> R) :
  (forall x c, 0 < f c x * output linear w (with_symbols code more x) p.+1 c ord0) ->
  forall c, threshold_of_symbols code (f c).
Proof.
move=> right c; have [g [b E]] := @terms_of_output R A p d e code a m more w p.+1 c.
by exists g, b => x; rewrite -E.
Qed.

Theorem odd_network (R : ringType) (a m : nat) (sigma : R -> R) (w : network R a m) (x : nat -> 'cV[R]_a) :
  (forall z, sigma (- z) = - sigma z) -> b_h w = 0 -> b_y w = 0 -> h_0 w = 0 ->
  forall t, output sigma w (fun t => - x t) t = - output sigma w x t.
Proof.
move=> odd bh bo h0 t; suff turned k : state sigma w (fun t => - x t) k = - state sigma w x k.
  by rewrite /output bo !addr0 turned mulmxN.
elim: k => [|k IH]; first by rewrite /= h0 oppr0.
by rewrite [state _ _ _ k.+1]/= [state _ _ x k.+1]/= IH bh !addr0 !mulmxN -opprD; apply/matrixP => i j; rewrite !mxE odd.
Qed.

Theorem accuracy_of_an_odd_network (R : realDomainType) (a m : nat) (sigma : R -> R) (w : network R a m)
    (T : finType) (opposite : T -> T) (x : T -> nat -> 'cV[R]_a) (u : T -> nat -> 'cV[R]_m) t c :
  (forall z, sigma (- z) = - sigma z) -> b_h w = 0 -> b_y w = 0 -> h_0 w = 0 ->
  involutive opposite -> (forall i k, x (opposite i) k = - x i k) ->
  (2 * #|[set i | (0 < u i t c ord0 * output sigma w (x i) t c ord0)%R]| + #|[set i | u (opposite i) t c ord0 == u i t c ord0]|
    <= 2 * #|T|)%N.
Proof.
move=> odd bh bo h0 twice turned; set S := [set i | _]; set E := [set i | u _ _ _ _ == _].
have y_turned i : output sigma w (x (opposite i)) t c ord0 = - output sigma w (x i) t c ord0.
  have -> : output sigma w (x (opposite i)) t = - output sigma w (x i) t; last by rewrite mxE.
  rewrite -odd_network //; suff same k : state sigma w (x (opposite i)) k = state sigma w (fun k => - x i k) k by rewrite /output same.
  by elim: k => //= k ->; rewrite turned.
have apart : S :&: E :&: opposite @: (S :&: E) = set0.
  apply/setP => i; rewrite inE [RHS]inE; apply/negbTE/negP => /andP[iSE /imsetP[j jSE ij]]; move: iSE jSE.
  rewrite /S /E !inE => /andP[iS _] /andP[jS /eqP jE]; move: iS; rewrite ij y_turned jE mulrN oppr_gt0 => /(lt_trans jS).
  by rewrite ltxx.
have half : (2 * #|S :&: E| <= #|E|)%N.
  rewrite mul2n -addnn -[X in (_ + X)%N](card_imset _ (inv_inj twice)) -cardsUI apart cards0 addn0.
  rewrite subset_leq_card // subUset subsetIr; apply/subsetP => i /imsetP[j jSE ->]; move: jSE.
  by rewrite /S /E !inE twice eq_sym => /andP[].
rewrite -(cardsID E S) -(cardsC E) !mulnDr addnAC; apply: leq_add; first by rewrite [X in (_ <= X)%N]mul2n -addnn leq_add2r.
by rewrite leq_mul2l /= subset_leq_card // setDE subsetIr.
Qed.

Theorem one_constant_input_does (R : realDomainType) (A : finType) (p d : nat) (code : A -> 'cV[R]_d)
    (rule : {ffun 'I_p.+1 -> A} -> A) :
  injective code -> (forall v c, sign (code v c ord0)) ->
  exists w : network R (d + 1) d, [/\ b_h w = 0, b_y w = 0, h_0 w = 0 &
    forall u, rule_task rule u -> forall t, output (@clip R) w (fun k => col_mx (input p (fun k => code (u k)) k) 1%:M) t = code (u t)].
Proof.
move=> inj signs; have [number [s [g right]]] := every_rule_has_one rule inj signs.
set w := threshold_circuit _ _ _ _ in right.
exists {| W_hh := W_hh w; W_uh := row_mx (W_uh w) (b_h w); W_hy := W_hy w; b_h := 0; b_y := 0; h_0 := 0 |}; split=> // u ut t.
rewrite -right //; set w' := Network _ _ _ _ _ _; pose x := input p (fun k => code (u k)).
suff same k : state (@clip R) w' (fun k => col_mx (x k) 1%:M) k = state (@clip R) w x k by rewrite /output same.
by elim: k => //= k ->; rewrite mul_row_col mulmx1 addr0 addrA.
Qed.
